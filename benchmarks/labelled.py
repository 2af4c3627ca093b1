"""Reads labelled articles, converts them to items of the `jsonl` source, and scores predicted stories."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Item, Outlet

KEYS = ("id", "title", "url", "source", "published", "language")
COLUMNS = (
    ("pair_f1", "pairwise", 10),
    ("arguable_out", "arguable out", 14),
    ("multi_f1", "stories of 2+", 15),
    ("pure", "pure", 7),
    ("bcubed_f1", "all", 7),
    ("exact_multi", "exact", 7),
)
"""Figures of the scorer: their names there, their headings, and the widths of their columns."""
HEAD = f"{'':<18}{'items':>7}" + "".join(f"{heading:>{width}}" for _, heading, width in COLUMNS)
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """Read JSON lines, from a compressed file too."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines() if line.strip()]


def write(path: Path, rows: Iterable[Row]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def as_items(rows: Iterable[Row]) -> list[Row]:
    """Convert rows to items of the jsonl source, without labels."""
    return [{key: row.get(key) for key in KEYS} | {"summary": row.get("text")} for row in rows]


def normalise_all(items: list[Row]) -> list[Article]:
    """Normalise items to articles."""
    defaults = Defaults(Outlet("labelled"), (), "en", None, datetime(2030, 1, 1, tzinfo=UTC))
    return [article_from(Item(**item), defaults) for item in items]


def score(scorer: Path, gold: Sequence[Row], predicted: Iterable[Row], ignored: Path | None = None) -> Any:
    """Run a scorer; return its figures."""
    with tempfile.TemporaryDirectory() as name:
        files = [write(Path(name) / "gold.jsonl", gold), write(Path(name) / "predicted.jsonl", predicted)]
        more = ["--ignore", str(ignored)] if ignored and ignored.exists() else []
        command = [sys.executable, str(scorer), *map(str, files), "--json", *more]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def story_figures(
    scorer: Path, gold: Sequence[Row], predicted: Iterable[Row], ignored: Path | None
) -> dict[str, float]:
    """Score predicted stories over labelled articles. `ignored`: the file of arguable pairs, if there is one."""
    ids = {row["id"] for row in gold}
    labels = [{"id": row["id"], "story": row["story"]} for row in gold]
    stories = [{"id": row["id"], "story": row["story"]} for row in predicted if row["id"] in ids]
    scores = score(scorer, labels, stories, ignored)
    without = {"arguable_out": scores["ignoring"]["pair_f1"]} if "ignoring" in scores else {}
    return {**scores["all"], **without}


def show_figures(name: str, items: int | None, figures: Mapping[str, float]) -> None:
    """Print a row of the table under `HEAD`."""
    cells = (f"{figures[key]:>{width}.3f}" if key in figures else " " * width for key, _, width in COLUMNS)
    print(f"  {name:<16}{'' if items is None else items:>7}{''.join(cells)}", flush=True)
