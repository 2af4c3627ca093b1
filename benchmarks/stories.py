"""Measure the quality of stories and duplicates over labelled sets, with the real command or (--direct) in-process.

    python benchmarks/stories.py ../shared/eval [--set rss_live] [--direct]
    python benchmarks/stories.py ../shared/eval --runs 50
    python benchmarks/stories.py ../shared/eval --newsroom [FILE] [--every 2h] [--runs 50]

FOLDER contains a folder for each set, with `dev.jsonl`, and the scorers. Prints a row for each set and its parts, and
the baseline: TF-IDF of title and summary in a single pass. With `--runs`, compares the stories of so many runs over the
same articles, in the order of their file, with those of one run.

`--newsroom` measures stories as the product is used: it feeds weeks of articles to one installation in the order of
their publication, a run a day (or `--every 2h`), and scores the labelled blocks among them: see newsroom.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import newsroom
from labelled import HEAD, Row, as_items, normalise_all, read, score, show_figures, story_figures, write
from throughput import as_new

from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.group import group
from aggregator.grouping.settings import STRICTNESS, StoriesSettings, Strictness
from aggregator.grouping.types import GroupingContext

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


def by_command(items: list[Row], strictness: str, runs: int = 1) -> list[Row]:
    """Run the real command over the items, in several runs; return the jsonl output of the last one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = newsroom.CONFIG.format(source="items.jsonl", limit=0, strictness=strictness)
        (folder / "config.toml").write_text(config)
        for number in range(1, runs + 1):
            write(folder / "items.jsonl", items[: len(items) * number // runs])
            subprocess.run([sys.executable, "-m", "aggregator", "run", "--force"], cwd=folder, check=True)
        return read(folder / "out.jsonl")


def directly(items: list[Row], strictness: Strictness) -> list[Row]:
    """Group the items in this process, without the command."""
    articles = normalise_all(items)
    new = as_new(enumerate(articles))
    context = GroupingContext(grouped=[], lookup=lambda keys: {key: wording_of(articles[key]) for key in keys})
    grouping = group(new, context, StoriesSettings(strictness=strictness))
    return [
        {
            "id": articles[placement.key].id,
            "story": placement.story,
            "duplicate_of": None if placement.duplicate_of is None else articles[placement.duplicate_of].id,
        }
        for placement in grouping.placements
    ]


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
        ignored = folder / name / "arguable.dev.jsonl"
        show_figures(part, len(gold), story_figures(folder / "evaluate.py", gold, predicted, ignored))
    show_figures("TF-IDF", None, dict(zip(("pair_f1", "multi_f1", "pure"), BASELINES[name], strict=True)))


def show_copies(folder: Path, predicted: list[Row]) -> None:
    """Print how many pairs of each kind were recognised as copies."""
    groups = [{"id": row["id"], "group": row["duplicate_of"] or row["id"]} for row in predicted]
    gold = read(folder / COPIES / "pairs.dev.jsonl")
    print(f"\n{COPIES}: pairs recognised as copies")
    for rate in score(folder / "evaluate_pairs.py", gold, groups)["rates"]:
        print(f"  {rate['label']:<12}{rate['kind']:<32}{rate['merged']:>5} of{rate['pairs']:>5}{rate['rate']:>8.3f}")


def show_stability(folder: Path, path: str, strictness: str, runs: int) -> None:
    """Print the agreement between the stories of many runs and of one run."""
    items = as_items(read(folder / path))
    one_run, many_runs = by_command(items, strictness), by_command(items, strictness, runs)
    scores = score(folder / "evaluate.py", one_run, many_runs)["all"]
    print(
        f"{path}: {runs} runs against one: pairwise F1 {scores['pair_f1']:.3f}, "
        f"BCubed F1 over stories of 2+ {scores['multi_f1']:.3f}",
        flush=True,
    )


def show_sets(options: argparse.Namespace) -> None:
    """Measure each set."""
    print(HEAD)
    for name in options.sets or [*BASELINES, COPIES]:
        rows = read(options.folder / name / "dev.jsonl")
        predicted = (directly if options.direct else by_command)(as_items(rows), options.strictness)
        if name == COPIES:
            show_copies(options.folder, predicted)
        else:
            show_stories(options.folder, name, rows, predicted)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", dest="sets", action="append", help="measure only this set; can be repeated")
    parser.add_argument("--direct", action="store_true", help="group in this process instead of running the command")
    parser.add_argument("--runs", type=int, help="measure the agreement of so many runs with one run instead")
    parser.add_argument("--strictness", choices=STRICTNESS, default="balanced")
    newsroom.add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Measure what the command line says."""
    options = arguments()
    if options.newsroom is not None:
        newsroom.show(options)
    elif options.runs:
        for name in options.sets or [*BASELINES, STREAM]:
            path = name if name.endswith(".jsonl") else f"{name}/dev.jsonl"
            show_stability(options.folder, path, options.strictness, options.runs)
    else:
        show_sets(options)


if __name__ == "__main__":
    main()
