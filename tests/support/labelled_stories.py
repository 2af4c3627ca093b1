"""Groups the invented and labelled articles of tests/data/stories with the real command, and measures the stories.

    python tests/support/labelled_stories.py

prints the figures of both parts beside their floors. The first part is grouped in one run. The second one follows in
the store of the first, in a run a day, with the clock at midnight.
"""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import scoring
import time_machine
from project import DATA, Project
from scoring import Groups, Pair

FOLDER = DATA / "stories"
PINNED = tomllib.loads((FOLDER / "floors.toml").read_text(encoding="utf-8"))
FLOORS: dict[str, float] = PINNED["floors"]
SAGA_FLOORS: dict[str, float] = PINNED["saga"]
CONFIG = """
store = "news.db"
keep = "36500d"

[[sources]]
plugin = "jsonl"
name = "labelled"
path = "items.jsonl"

[[outputs]]
plugin = "jsonl"
path = "out.jsonl"
limit = 0
"""
MAX_ERRORS = 5  # of each kind in a message
Row = dict[str, Any]


def read(name: str) -> list[Row]:
    """Read a labelled file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


ARTICLES = read("articles.jsonl")
PAIRS = read("pairs.jsonl")
SAGA = read("saga.jsonl")
LABELS: Groups = {row["id"]: row["story"] for row in ARTICLES}
SAGA_LABELS: Groups = {row["id"]: row["story"] for row in SAGA}
STORYLINES = {row["id"]: row["storyline"] for row in SAGA}
TITLES = {row["id"]: row["title"] for row in ARTICLES + SAGA}
SAME, DIFFERENT = (
    [(pair["a"], pair["b"]) for pair in PAIRS if pair["label"] == label] for label in ("same", "different")
)


def new_project(folder: Path) -> Project:
    """Return a project with a source for labelled articles, and an output with all stories."""
    project = Project(folder)
    project.configure(CONFIG)
    return project


def write(project: Project, rows: Sequence[Row]) -> None:
    """Write these articles, without their labels, to the file that the source reads."""
    keys = ("id", "title", "url", "source", "published", "language")
    items = [{key: row[key] for key in keys} | {"summary": row["text"]} for row in rows]
    project.write("items.jsonl", "".join(json.dumps(item) + "\n" for item in items))


def run(project: Project, rows: Sequence[Row]) -> list[Row]:
    """Run the real command over these articles; return its output."""
    write(project, rows)
    project.run("--force")
    return [json.loads(line) for line in project.read("out.jsonl").splitlines()]


def group_saga(project: Project) -> list[Row]:
    """Group the first part, then the second one in a run a day; return the output of the last run."""
    dates = [datetime.fromisoformat(row["published"]) for row in SAGA]
    midnight = datetime.combine(dates[0].date(), datetime.min.time(), UTC)
    days = (dates[-1] - midnight).days + 1
    output: list[Row] = []
    for day in range(days + 1):
        now = midnight + timedelta(days=day)
        with time_machine.travel(now, tick=False):
            output = run(project, ARTICLES + [row for row, date in zip(SAGA, dates, strict=True) if date < now])
    return output


def stories_in(output: Sequence[Row]) -> Groups:
    """Return the story of each article."""
    return {row["id"]: row["story"] for row in output}


def originals_in(output: Sequence[Row]) -> Groups:
    """Return the original of each copy."""
    return {row["id"]: row["duplicate_of"] for row in output if row["duplicate_of"]}


def storylines_in(output: Sequence[Row]) -> Groups:
    """Return the storyline of each article that has one."""
    return {row["id"]: row["storyline"] for row in output if row["storyline"]}


def measure(stories: Groups, originals: Groups) -> dict[str, float]:
    """Return the figures of the first part."""
    return scoring.story_figures(LABELS, stories) | scoring.copy_figures(SAME, DIFFERENT, originals)


def measure_saga(stories: Groups, storylines: Groups) -> dict[str, float]:
    """Return the figures of the second part."""
    return scoring.story_figures(SAGA_LABELS, stories) | scoring.storyline_figures(STORYLINES, storylines)


def below(figures: Mapping[str, float], floors: Mapping[str, float]) -> list[str]:
    """Return the names of the figures below their floors."""
    return [name for name, floor in floors.items() if figures[name] < floor]


def explain(name: str, figure: float, floor: float, wrong: Sequence[Pair], missed: Sequence[Pair]) -> str:
    """Describe a figure below its floor, with the errors that affect it most."""
    lines = [f"{name} is {figure:.4f}, below its floor of {floor}."]
    for kind, pairs in (("Wrongly merged", wrong), ("Missed", missed)):
        lines += [f"{kind}, the worst of {len(pairs)}:", *map(_two_titles, pairs[:MAX_ERRORS])]
    return "\n".join(lines)


def worst_errors(labels: Groups, stories: Groups) -> tuple[list[Pair], list[Pair]]:
    """Return pairs of articles that were wrongly merged, and missed, the worst first."""
    stories = {article: stories.get(article, article) for article in labels}
    wrong, missed = scoring.worst(stories, labels), scoring.worst(labels, stories)
    return [pair for _, pair in wrong], [pair for _, pair in missed]


def _two_titles(pair: Pair) -> str:
    return "  {} {!r}\n  {} {!r}".format(*(part for article in pair for part in (article, TITLES[article])))


def show(title: str, figures: Mapping[str, float], floors: Mapping[str, float]) -> None:
    """Print figures beside their floors."""
    print(f"[{title}]")
    for name, figure in figures.items():
        print(f"{name:<22}{figure:.4f}   floor {floors[name]}")


def main() -> None:
    """Measure both parts."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        output = run(new_project(Path(one)), ARTICLES)
        show("floors", measure(stories_in(output), originals_in(output)), FLOORS)
        output = group_saga(new_project(Path(two)))
        show("saga", measure_saga(stories_in(output), storylines_in(output)), SAGA_FLOORS)


if __name__ == "__main__":
    main()
