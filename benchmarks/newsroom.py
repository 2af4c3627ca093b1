"""Measures stories as the product is used: weeks of articles reach one installation in the order of publication.

Each run of the command sees the articles that were published until then; the clock of the process is set to the time
of the run, so that everything that depends on it is as in use. The labelled articles are then scored, block by block,
as they were grouped among all others (*newsroom*). To compare: each block grouped alone in the first run of a new
installation (*first run*), and alone by the installation after all these weeks, moved to a later date (*after N days*).

Labelled files are those given by `--labels`, or the `*.jsonl` beside the file of articles and in the folder `blocks`
beside it that have labels for its articles: see blocks.py.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import time_machine
from blocks import Blocks, Labels, Table, files_beside, published
from labelled import Row, as_items, read, score, write

from aggregator.cli.main import main as aggregate
from aggregator.text.units import parse_duration

DEFAULT = "rss_live/newsroom.*.jsonl*"
CONFIG = """
store = "news.db"
keep = "36500d"
[[sources]]
plugin = "jsonl"
name = "{source}"
path = "{source}"
[[outputs]]
plugin = "jsonl"
path = "out.jsonl"
limit = {limit}
[stories]
strictness = "{strictness}"
"""
LIMIT = 50
"""Stories of the output while the articles arrive. Afterwards, it lists all stories."""
LISTED = timedelta(days=1)
"""The source lists the articles of so much time before the run, as feeds do."""
LARGEST, LONG = 10, timedelta(days=3)
"""How many of the largest stories are shown; and stories longer than this are counted."""
MOVED = "later-"
"""Prefix of the ids of moved articles."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this module."""
    group = parser.add_argument_group("stories as the product is used")
    group.add_argument(
        "--newsroom", type=Path, nargs="?", const=Path(), metavar="FILE", help=f"articles; otherwise FOLDER/{DEFAULT}"
    )
    group.add_argument("--labels", type=Path, nargs="+", metavar="FILE", help="labelled files")
    group.add_argument(
        "--every", type=parse_duration, default=timedelta(days=1), help='time between runs, such as "2h"'
    )
    group.add_argument(
        "--save", type=Path, metavar="FILE", help="write the stories found in the newsroom as JSON lines"
    )


class Installation:
    """A folder with a configuration, in which the command runs at any time. `source`: the file of its source."""

    def __init__(self, folder: Path, strictness: str, source: str = "items.jsonl") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.strictness = strictness
        self.source = source

    def run(self, now: datetime, items: Sequence[Row]) -> None:
        """Run the command at this time, over these items of the source."""
        write(self.folder / self.source, items)
        self._aggregate(now, LIMIT, "run", "--force")

    def stories(self, now: datetime) -> list[Row]:
        """Return all articles with their stories."""
        self._aggregate(now, 0, "run", "--offline")
        return read(self.folder / "out.jsonl")

    def copy(self, folder: Path, source: str) -> Installation:
        """Return a copy of this installation with another source."""
        shutil.copytree(self.folder, folder)
        return Installation(folder, self.strictness, source)

    def _aggregate(self, now: datetime, limit: int, *arguments: str) -> None:
        config = CONFIG.format(limit=limit, strictness=self.strictness, source=self.source)
        (self.folder / "config.toml").write_text(config, encoding="utf-8")
        with contextlib.chdir(self.folder), time_machine.travel(now):
            try:
                aggregate([*arguments])
            except SystemExit as end:
                if end.code:
                    raise


def first_midnight(rows: Sequence[Row]) -> datetime:
    """Return the midnight before the first article."""
    return published(rows[0]).replace(hour=0, minute=0, second=0, microsecond=0)


def feed(installation: Installation, rows: Sequence[Row], every: timedelta) -> tuple[datetime, int]:
    """Feed the articles in the order of their dates. Returns the time of the last run, and the number of runs."""
    dates = [published(row) for row in rows]
    now = first_midnight(rows)
    runs = 0
    while now <= dates[-1]:
        since = min(now, now + every - LISTED)
        now += every
        runs += 1
        listed = [row for row, date in zip(rows, dates, strict=True) if since <= date < now]
        installation.run(now, as_items(listed))
    return now, runs


def first_runs(blocks: Blocks, strictness: str, folder: Path) -> Blocks:
    """Group each block alone, in the first run of a new installation."""
    predicted = {}
    for name, block in blocks.items():
        installation = Installation(folder / f"first-{name}", strictness)
        now = published(block[-1]) + timedelta(minutes=1)
        installation.run(now, as_items(block))
        predicted[name] = installation.stories(now)
    return predicted


def later_runs(blocks: Blocks, installation: Installation, last: datetime, folder: Path) -> Blocks:
    """Group each block alone, in a copy of an installation that has run until `last`, moved by whole weeks."""
    predicted = {}
    for name, block in blocks.items():
        copy = installation.copy(folder / f"later-{name}", "later.jsonl")
        moved = timedelta(weeks=(last - published(block[0])) // timedelta(weeks=1) + 2)
        items = [
            item | {"id": MOVED + item["id"], "published": (published(item) + moved).isoformat()}
            for item in as_items(block)
        ]
        now = published(items[-1]) + timedelta(minutes=1)
        copy.run(now, items)
        stories = (row for row in copy.stories(now) if row["id"].startswith(MOVED))
        predicted[name] = [row | {"id": row["id"].removeprefix(MOVED)} for row in stories]
    return predicted


def show_largest(predicted: Sequence[Row]) -> None:
    """Print the largest stories, with their first, middle and last headline, and how many stories are long."""
    by_id: Blocks = defaultdict(list)
    for row in sorted(predicted, key=published):
        by_id[row["story"]].append(row)
    stories = [(published(story[-1]) - published(story[0]), story) for story in by_id.values() if len(story) > 1]
    long = sum(span > LONG for span, _ in stories)
    print(f"\n{len(predicted):,} articles, {len(stories):,} stories of 2+; {long} span more than {LONG.days} days")
    for span, story in sorted(stories, key=lambda item: -len(item[1]))[:LARGEST]:
        print(f"{len(story):>6} articles, {span / timedelta(days=1):.1f} days")
        for row in (story[0], story[len(story) // 2], story[-1]):
            print(f"{'':<8}{row['published'][:16]}  {row['title'][:110]}")


def show_stability(scorer: Path, rows: list[Row], options: argparse.Namespace, folder: Path) -> None:
    """Print the agreement between the stories of many runs and of one run over all articles."""
    once, often = (Installation(folder / name, options.strictness) for name in ("once", "often"))
    span = published(rows[-1]) - first_midnight(rows) + timedelta(hours=1)
    now, _ = feed(once, rows, span)
    last, runs = feed(often, rows, span / options.runs)
    scores = score(scorer, once.stories(now), often.stories(last))["all"]
    print(
        f"{runs} runs against one: pairwise F1 {scores['pair_f1']:.3f}, "
        f"BCubed F1 over stories of 2+ {scores['multi_f1']:.3f}"
    )


def show_blocks(scorer: Path, file: Path, rows: list[Row], options: argparse.Namespace, folder: Path) -> None:
    """Print the figures of each block in the newsroom, in a first run and afterwards, and the largest stories."""
    labels = Labels(options.labels or files_beside(file), rows)
    blocks, table = labels.blocks, Table(scorer, labels, folder)
    installation = Installation(folder / "newsroom", options.strictness)
    start = time.perf_counter()
    last, runs = feed(installation, rows, options.every)
    seconds = time.perf_counter() - start
    predicted = installation.stories(last)
    if options.save:
        write(options.save, predicted)
    table.show(f"newsroom: {runs} runs in {seconds:.0f} s", dict.fromkeys(blocks, predicted))
    table.show_one_set(predicted)
    show_largest(predicted)
    table.show("first run: each block alone in a new installation", first_runs(blocks, options.strictness, folder))
    days = (last - published(rows[0])).days
    later = later_runs(blocks, installation, last, folder)
    table.show(f"after {days} days: each block alone, later, in the same installation", later)


def show(options: argparse.Namespace) -> None:
    """Measure what the options say."""
    files = sorted(options.folder.glob(DEFAULT)) if options.newsroom == Path() else [options.newsroom]
    if len(files) != 1:
        raise SystemExit(f"{options.folder}: {len(files)} files {DEFAULT}; choose one by --newsroom FILE")
    file = files[0]
    rows = sorted(read(file), key=published)
    scorer = options.folder / "evaluate.py"
    print(f"{file.name}: {len(rows):,} articles, strictness {options.strictness}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        if options.runs:
            show_stability(scorer, rows, options, Path(name))
        else:
            show_blocks(scorer, file, rows, options, Path(name))
