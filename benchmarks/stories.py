"""Measure the quality of stories and duplicates over labelled sets, with the real command or (--direct) in-process.

    python benchmarks/stories.py ../shared/eval [--set rss_live] [--direct]
    python benchmarks/stories.py ../shared/eval --runs 50

FOLDER contains a folder for each set, with `dev.jsonl`, and the scorers. Prints a row for each set and its parts, and
the baseline: TF-IDF of title and summary in a single pass. With `--runs`, compares the stories of so many runs over the
same articles, in the order of their file, with those of one run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.grouping.group import group
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import GroupingContext, NewArticle
from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Item, Outlet

BASELINES = {
    "rss_live": (0.76, 0.83, 0.42),
    "allsides": (0.74, 0.87, 0.85),
    "gva": (0.71, 0.87, 0.88),
    "og2021": (0.13, 0.53, 0.60),
}
"""Pairwise F1, BCubed F1 over stories of several articles, and pure groups, of TF-IDF at its best thresholds."""
STREAM = "rss_live/stream.dev.jsonl"
"""Articles without labels, in the order in which they were first seen."""
COPIES = "neardup"
MIN_GAP, MIN_SHARE = timedelta(days=1), 0.05
"""A gap of so much time divides a set into blocks, if each has at least so large a share of its articles."""
KEYS = ("id", "title", "url", "source", "published", "language")
CONFIG = """
store = "stories.db"
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
HEAD = f"{'':<16}{'items':>7}{'pairwise':>10}{'arguable out':>14}{'stories of 2+':>15}{'pure':>7}{'all':>7}{'exact':>7}"
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """Read the rows of a labelled set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def as_items(rows: Iterable[Row]) -> list[Row]:
    """Convert rows to items of the jsonl source, without labels."""
    return [{key: row.get(key) for key in KEYS} | {"summary": row.get("text")} for row in rows]


def normalise_all(items: list[Row]) -> list[Article]:
    """Normalise items to articles."""
    defaults = Defaults(Outlet("labelled"), (), "en", None, datetime(2030, 1, 1, tzinfo=UTC))
    return [article_from(Item(**item), defaults) for item in items]


def write(path: Path, rows: Iterable[Row]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def by_command(items: list[Row], runs: int = 1) -> list[Row]:
    """Run the real command over the items, in several runs; return the jsonl output of the last one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG)
        for number in range(1, runs + 1):
            write(folder / "items.jsonl", items[: len(items) * number // runs])
            subprocess.run([sys.executable, "-m", "aggregator", "run", "--force"], cwd=folder, check=True)
        return read(folder / "out.jsonl")


def directly(items: list[Row]) -> list[Row]:
    """Group the items in this process, without the command."""
    articles = normalise_all(items)
    new = [NewArticle(key=n, article=article, seed=article.id) for n, article in enumerate(articles)]
    context = GroupingContext(grouped=[], lookup=lambda keys: {key: articles[key] for key in keys})
    grouping = group(new, context, StoriesSettings())
    return [
        {
            "id": articles[placement.key].id,
            "story": placement.story,
            "duplicate_of": None if placement.duplicate_of is None else articles[placement.duplicate_of].id,
        }
        for placement in grouping.placements
    ]


def score(scorer: Path, gold: Sequence[Row], predicted: Iterable[Row], ignored: Path | None = None) -> Any:
    """Run a scorer; return its figures."""
    with tempfile.TemporaryDirectory() as name:
        files = [write(Path(name) / "gold.jsonl", gold), write(Path(name) / "predicted.jsonl", predicted)]
        more = ["--ignore", str(ignored)] if ignored and ignored.exists() else []
        command = [sys.executable, str(scorer), *map(str, files), "--json", *more]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def parts(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Yield a set as a whole, then its blocks of time and its languages, if it has several."""
    yield "all", rows
    blocks: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: str(row["published"])):
        date = datetime.fromisoformat(row["published"])
        if not blocks or date - datetime.fromisoformat(blocks[-1][-1]["published"]) > MIN_GAP:
            blocks.append([])
        blocks[-1].append(row)
    if len(blocks) > 1 and min(map(len, blocks)) >= MIN_SHARE * len(rows):
        yield from ((f"from {block[0]['published'][:10]}", block) for block in blocks)
    languages = sorted({row["language"] for row in rows})
    if len(languages) > 1:
        yield from ((name, [row for row in rows if row["language"] == name]) for name in languages)


def show_stories(folder: Path, name: str, rows: list[Row], predicted: list[Row]) -> None:
    """Print the figures of a set."""
    print(f"\n{name}")
    for part, gold in parts(rows):
        ids = {row["id"] for row in gold}
        predicted_part = [row for row in predicted if row["id"] in ids]
        scores = score(folder / "evaluate.py", gold, predicted_part, folder / name / "arguable.dev.jsonl")
        whole = scores["all"]
        without_arguable = f"{scores['ignoring']['pair_f1']:.3f}" if "ignoring" in scores else ""
        figures = "".join(
            f"{whole[key]:>{width}.3f}" for key, width in (("multi_f1", 15), ("pure", 7), ("bcubed_f1", 7))
        )
        print(
            f"  {part:<14}{len(gold):>7}{whole['pair_f1']:>10.3f}{without_arguable:>14}{figures}"
            f"{whole['exact_multi']:>7.3f}",
            flush=True,
        )
    pairwise, several, pure = BASELINES[name]
    print(f"  {'TF-IDF':<21}{pairwise:>10.2f}{several:>29.2f}{pure:>7.2f}")


def show_copies(folder: Path, predicted: list[Row]) -> None:
    """Print how many pairs of each kind were recognised as copies."""
    groups = [{"id": row["id"], "group": row["duplicate_of"] or row["id"]} for row in predicted]
    gold = read(folder / COPIES / "pairs.dev.jsonl")
    print(f"\n{COPIES}: pairs recognised as copies")
    for rate in score(folder / "evaluate_pairs.py", gold, groups)["rates"]:
        print(f"  {rate['label']:<12}{rate['kind']:<32}{rate['merged']:>5} of{rate['pairs']:>5}{rate['rate']:>8.3f}")


def show_stability(folder: Path, path: str, runs: int) -> None:
    """Print the agreement between the stories of many runs and of one run."""
    items = as_items(read(folder / path))
    one_run, many_runs = by_command(items), by_command(items, runs)
    scores = score(folder / "evaluate.py", one_run, many_runs)["all"]
    print(
        f"{path}: {runs} runs against one: pairwise F1 {scores['pair_f1']:.3f}, "
        f"BCubed F1 over stories of 2+ {scores['multi_f1']:.3f}",
        flush=True,
    )


def main() -> None:
    """Measure each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", dest="sets", action="append", help="measure only this set; can be repeated")
    parser.add_argument("--direct", action="store_true", help="group in this process instead of running the command")
    parser.add_argument("--runs", type=int, help="measure the agreement of so many runs with one run instead")
    options = parser.parse_args()
    if options.runs:
        for name in options.sets or [*BASELINES, STREAM]:
            show_stability(options.folder, name if name.endswith(".jsonl") else f"{name}/dev.jsonl", options.runs)
        return
    print(HEAD)
    for name in options.sets or [*BASELINES, COPIES]:
        rows = read(options.folder / name / "dev.jsonl")
        predicted = directly(as_items(rows)) if options.direct else by_command(as_items(rows))
        if name == COPIES:
            show_copies(options.folder, predicted)
        else:
            show_stories(options.folder, name, rows, predicted)


if __name__ == "__main__":
    main()
