"""How well stories and duplicates are told, over labelled sets: the real command, or (--direct) the method alone.

    python benchmarks/stories.py ../shared/eval [--direct] [--set rss_live]

Prints a row for each set: pairwise F1, BCubed F1 over articles with company, the share of pure stories, BCubed F1
over all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.group import Member, group
from aggregator.model import Item, Outlet
from aggregator.normalise import Defaults, normalise
from aggregator.settings import StoriesSettings

SETS = ("rss_live", "allsides", "gva", "og2021")
KEYS = ("id", "title", "url", "source", "published", "language")
CONFIG = """
store = "stories.db"
[[sources]]
plugin = "jsonl"
name = "labelled"
path = "items.jsonl"
[[outputs]]
plugin = "jsonl"
path = "out.jsonl"
limit = 0
"""
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """The lines of a labelled set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def as_items(rows: Iterable[Row]) -> list[Row]:
    """The rows as the jsonl source wants them, without their labels."""
    return [{key: row.get(key) for key in KEYS} | {"summary": row.get("text")} for row in rows]


def by_command(items: list[Row]) -> list[Row]:
    """Run the real command over the items; its jsonl output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG)
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "aggregator", "run"], cwd=folder, check=True)
        return read(folder / "out.jsonl")


def directly(items: list[Row]) -> list[Row]:
    """The method alone, in this process."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    defaults = Defaults(Outlet("labelled"), (), "en", None, now)
    articles = [normalise(Item(**item), defaults) for item in items]
    members = [Member(key=n, article=article, seed=article.id) for n, article in enumerate(articles)]
    began = time.perf_counter()
    placed = {one.key: one for one in group(members, [], StoriesSettings())}
    print(f"{len(members) / (time.perf_counter() - began):,.0f} articles/s", file=sys.stderr)
    copies = {n: placed[n].duplicate_of for n in placed}
    return [
        {
            "id": article.id,
            "story": placed[n].story,
            "duplicate_of": None if copies[n] is None else articles[copies[n] or 0].id,
        }
        for n, article in enumerate(articles)
    ]


def score(folder: Path, name: str, predicted: list[Row]) -> None:
    """Print what the scorer says."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        if name == "neardup":
            predicted = [{"id": row["id"], "group": row["duplicate_of"] or row["id"]} for row in predicted]
        file.writelines(json.dumps(row) + "\n" for row in predicted)
        file.flush()
        scorer = "evaluate_pairs.py" if name == "neardup" else "evaluate.py"
        gold = folder / name / ("pairs.dev.jsonl" if name == "neardup" else "dev.jsonl")
        ignored = folder / name / "arguable.dev.jsonl"
        more = ["--ignore", str(ignored)] if ignored.exists() else []
        print(f"\n{name}", flush=True)
        subprocess.run([sys.executable, str(folder / scorer), str(gold), file.name, *more], check=True)


def main() -> None:
    """Run over each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--set", dest="sets", action="append")
    options = parser.parse_args()
    for name in options.sets or [*SETS, "neardup"]:
        items = as_items(read(options.folder / name / "dev.jsonl"))
        score(options.folder, name, directly(items) if options.direct else by_command(items))


if __name__ == "__main__":
    main()
