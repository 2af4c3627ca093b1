"""Two texts side by side, with measures of what they have in common."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import msgspec

from aggregator.grouping.copies.text import MIN_WORDS, ArticleText
from aggregator.grouping.features.scripts import UNSPACED_CHARACTER

MIN_UNDATED_HOURS = 24.0
"""Time between two articles of one outlet at least, if one has no date: they may be of different days."""


class Words(msgspec.Struct, frozen=True):
    """The words of a text, as written and in lower case. `size`: their number; a character of a script without spaces
    counts as half a word."""

    raw: list[str]
    folded: list[str]
    size: float


class TextPair(msgspec.Struct, frozen=True):
    """Two texts. A missing body is replaced by the title; `both_bodies`: whether neither is missing.

    `hours`: between the articles; `similarity`: share of the shorter body's trigrams of words that the longer one
    contains; `length`: words of the shorter body.
    """

    titles: tuple[Words, Words]
    bodies: tuple[Words, Words]
    hours: float
    same_outlet: bool
    both_bodies: bool
    similarity: float
    length: float


def pair_texts(a: ArticleText, b: ArticleText) -> TextPair:
    """Split two texts into words, and measure their similarity."""
    titles, bodies = (_split(a.title), _split(b.title)), (_split(a.body or a.title), _split(b.body or b.title))
    length = min(body.size for body in bodies)
    similarity = _similarity(a.body or a.title, b.body or b.title) if length >= MIN_WORDS else 0.0
    hours, same_outlet = abs(a.time - b.time) / 3600, a.outlet == b.outlet
    if same_outlet and not (a.dated and b.dated):
        hours = max(hours, MIN_UNDATED_HOURS)
    return TextPair(titles, bodies, hours, same_outlet, bool(a.body and b.body), similarity, length)


@lru_cache(maxsize=64)  # a text is compared with several others in a row
def _split(text: str) -> Words:
    raw = text.split()
    unspaced = 0 if text.isascii() else len(UNSPACED_CHARACTER.findall(text))
    return Words(raw, text.casefold().split(), len(raw) - unspaced / 2)


def _similarity(a: str, b: str) -> float:
    """Return the share of the shorter text's trigrams of words that the longer one contains, in any order."""
    if _split(a).folded == _split(b).folded:
        return 1.0
    first, second = _trigrams(a), _trigrams(b)
    return len(first & second) / min(len(first), len(second))


@lru_cache(maxsize=64)
def _trigrams(text: str) -> frozenset[tuple[str, str, str]]:
    words = _split(text).folded
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def shared_words(a: Words, b: Words) -> float:
    """Return the share of the longer text's words that the other one contains."""
    shared = Counter(a.folded) & Counter(b.folded)
    return shared.total() / max(len(a.folded), len(b.folded), 1)


def significant_stems(words: Words) -> set[str]:
    """Return the first five letters of the words that are long enough to carry meaning."""
    return {word[:5] for word in words.folded if len(word) > 3 or UNSPACED_CHARACTER.match(word) or word > "\uabff"}
