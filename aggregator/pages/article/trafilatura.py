"""Which blocks of a page trafilatura takes for the article."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

from aggregator.pages.article.blocks import Block, split_words
from aggregator.pages.document import split_joined_sentences

LARGEST = 300_000
"""Elements of a page, each counted as often as it lies in others, from which on it is not asked; it takes a second for
so many. The largest of 127 pages of news had 17,000."""
LONGEST = 1_000_000
"""Characters of text from which on it is not asked; the longest of these pages had 80,000."""
_RUN = 3
"""Words that are compared at once."""


def extract_text(root: Any) -> str:
    """The text that trafilatura takes for the article, or "". Its fallbacks are left out: they changed no page of 127,
    and take minutes for some."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of every page without an article
    if len(root.text_content()) > LONGEST or _is_large(root):
        return ""
    try:
        return trafilatura.extract(deepcopy(root), fast=True, include_comments=False) or ""
    except Exception:  # whatever it stumbles over: its vote is missing then
        return ""


def _is_large(root: Any) -> bool:
    size, stack = 0, [(root, 1)]
    while stack and size <= LARGEST:
        element, depth = stack.pop()
        size += depth
        stack.extend((child, depth + 1) for child in element)
    return size > LARGEST


def taken(blocks: Sequence[Block], text: str) -> list[bool]:
    """For each block, whether most of its words stand in this text."""
    parts = (part for line in text.splitlines() for part in split_joined_sentences(line))
    runs = {run for part in parts for run in _runs(split_words(part))}
    return [_mostly(_runs(block.words), runs) for block in blocks]


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _RUN]) for n in range(max(1, len(words) - _RUN + 1))]


def _mostly(found: Sequence[object], among: Collection[object]) -> bool:
    return sum(one in among for one in found) * 2 > len(found)
