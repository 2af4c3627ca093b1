"""Reads labelled blocks of the articles of a newsroom, and prints the figures of predicted stories for each block.

A block is a labelled file, or the stories in it whose names begin with the same letter and a hyphen.
`arguable.NAME.jsonl` beside a labelled file has its arguable pairs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import fmean

from labelled import COLUMNS, HEAD, Row, read, show_figures, story_figures, write

BLOCK_LETTER = re.compile("[a-z]-")
Blocks = dict[str, list[Row]]


def published(row: Row) -> datetime:
    """Return the date of an article."""
    return datetime.fromisoformat(row["published"])


def files_beside(file: Path) -> list[Path]:
    """Return the files beside the file of articles that may have labels."""
    return [path for folder in (file.parent, file.parent / "blocks") for path in sorted(folder.glob("*.jsonl"))]


class Labels:
    """The labelled articles of a newsroom.

    `blocks`: by name of the block; `groups`: the blocks of files with several, and all blocks, by name; `arguable`:
    pairs of articles that are left out of one figure.
    """

    def __init__(self, files: Sequence[Path], rows: Sequence[Row]) -> None:
        self.by_id = {row["id"]: row for row in rows}
        self.blocks: Blocks = {}
        self.groups: dict[str, list[str]] = {}
        self.arguable: list[Row] = []
        for path in files:
            labels = [row for row in read(path) if row.get("story") and row.get("id") in self.by_id]
            if labels:
                self._add(path, labels)
        self.groups["all as one set"] = list(self.blocks)

    def _add(self, path: Path, labels: list[Row]) -> None:
        by_letter = all(BLOCK_LETTER.match(label["story"]) for label in labels)
        blocks: Blocks = defaultdict(list)
        for label in labels:
            name = label["story"][0] if by_letter else path.stem
            blocks[name].append(self.by_id[label["id"]] | {"story": label["story"]})
        if len(blocks) > 1:
            self.groups[path.stem] = sorted(blocks)
        self.blocks |= {name: sorted(blocks[name], key=published) for name in sorted(blocks)}
        pairs = path.with_name(f"arguable.{path.name}")
        self.arguable += read(pairs) if pairs.exists() else []


class Table:
    """Prints the figures of predicted stories for each block."""

    def __init__(self, scorer: Path, labels: Labels, folder: Path) -> None:
        self.scorer = scorer
        self.labels = labels
        self.folder = folder

    def show(self, title: str, predicted: Blocks) -> None:
        """Print a table. `predicted`: articles with their stories, for each block."""
        print(f"\n{title}\n{HEAD}")
        figures = []
        for name, gold in self.labels.blocks.items():
            figures.append(self._figures(gold, predicted[name], self.labels.arguable))
            show_figures(name, len(gold), figures[-1])
        show_figures("mean", None, {key: fmean(block[key] for block in figures) for key, _, _ in COLUMNS})
        self._show_all(predicted)

    def _show_all(self, predicted: Blocks) -> None:
        """Print the figures of all blocks, without pairs across blocks.

        Blocks were labelled separately and share some articles, so that one event has a label in each of them.
        """
        gold, stories, arguable = [], [], []
        for name, block in self.labels.blocks.items():
            ids = {row["id"] for row in block}
            gold += [_in_block(name, row, "id", "story") for row in block]
            stories += [_in_block(name, row, "id", "story") for row in predicted[name] if row["id"] in ids]
            pairs = (pair for pair in self.labels.arguable if {pair["a"], pair["b"]} <= ids)
            arguable += [_in_block(name, pair, "a", "b") for pair in pairs]
        show_figures("all blocks", len(gold), self._figures(gold, stories, arguable))

    def show_one_set(self, predicted: list[Row]) -> None:
        """Print the figures of files with several blocks, and of all blocks, with pairs across blocks.

        A story that runs from one block into the next is wrong.
        """
        for title, names in self.labels.groups.items():
            gold = {row["id"]: row for name in reversed(names) for row in self.labels.blocks[name]}
            show_figures(title, len(gold), self._figures([*gold.values()], predicted, self.labels.arguable))

    def _figures(self, gold: list[Row], predicted: list[Row], arguable: list[Row]) -> dict[str, float]:
        return story_figures(self.scorer, gold, predicted, write(self.folder / "arguable.jsonl", arguable))


def _in_block(name: str, row: Row, *keys: str) -> Row:
    return {key: f"{name} {row[key]}" for key in keys}
