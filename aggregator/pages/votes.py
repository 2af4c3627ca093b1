"""Which blocks of a page trafilatura takes for the article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aggregator.pages.blocks import Block, words_of

LARGEST = 50_000
"""Elements of a page that trafilatura is given; it takes minutes for millions."""
_RUN = 3
"""Words that are compared at once."""


def taken(blocks: Sequence[Block], text: str) -> list[bool]:
    """For each block, whether most of its words stand in what trafilatura makes of the page with this text."""
    lines = map(words_of, _extracted(text).splitlines())
    runs = {run for words in lines for run in _runs(words)}
    return [_mostly(_runs(block.words), runs) for block in blocks]


def _extracted(text: str) -> str:
    import trafilatura

    try:
        return trafilatura.extract(text, include_comments=False) or ""
    except Exception:  # whatever it stumbles over: its vote is missing then
        return ""


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _RUN]) for n in range(max(1, len(words) - _RUN + 1))]


def _mostly(found: Sequence[object], among: Iterable[object]) -> bool:
    return sum(one in among for one in found) * 2 > len(found)
