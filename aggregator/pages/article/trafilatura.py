"""Extracts the text of an article with trafilatura, and finds the blocks of the page that contain it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

from aggregator.pages.article.blocks import Block, split_words
from aggregator.pages.document import split_joined_sentences

LARGEST = 300_000
"""Maximum sum of the depths of all elements of a page; a larger page is skipped, as this one takes a second.

The largest of 127 news pages had 17,000.
"""
LONGEST = 1_000_000
"""Maximum length of the text of a page, in characters; the longest of these pages had 80,000."""
_SHINGLE = 3
"""Number of words in a shingle."""


def extract_text(root: Any) -> str:
    """Return the text that trafilatura extracts, or "".

    Its fallback extractors are disabled: they changed none of 127 pages, and take minutes for some.
    """
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns about each page without an article
    if len(root.text_content()) > LONGEST or _is_large(root):
        return ""
    try:
        return trafilatura.extract(deepcopy(root), fast=True, include_comments=False) or ""
    except Exception:  # any failure of trafilatura counts as no result
        return ""


def _is_large(root: Any) -> bool:
    size, stack = 0, [(root, 1)]
    while stack and size <= LARGEST:
        element, depth = stack.pop()
        size += depth
        stack.extend((child, depth + 1) for child in element)
    return size > LARGEST


def blocks_in(text: str, blocks: Sequence[Block]) -> list[bool]:
    """Return for each block whether most of its shingles occur in a text."""
    parts = (part for line in text.splitlines() for part in split_joined_sentences(line))
    known = {shingle for part in parts for shingle in _shingles(split_words(part))}
    return [_most_in(_shingles(block.words), known) for block in blocks]


def _shingles(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _SHINGLE]) for n in range(max(1, len(words) - _SHINGLE + 1))]


def _most_in(shingles: Sequence[object], known: Collection[object]) -> bool:
    return sum(shingle in known for shingle in shingles) * 2 > len(shingles)
