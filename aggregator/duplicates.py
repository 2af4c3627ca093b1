"""Recognise copies: the same text under another address or at another outlet.

Candidates have the same canonical URL, the same text, or one that MinHash (Broder 1997) finds near-identical; a copy
is then told from a look-alike by what differs. Market wraps, daily weather and match reports repeat their wording
and differ in numbers, names and days: those are not copies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import rensa

from aggregator.model import Article

PERMUTATIONS, BANDS = 64, 16
NEAR = 0.8
"""The share of wording in common from which a text is a copy."""
SHORT = 60
"""Characters below which equal texts may be chance: a headline alone."""
FEW_WORDS = 12
"""Texts of fewer words are compared as a whole only."""
MOST = 8
"""Texts kept of those that look alike."""
DAYS_APART = 2.0
"""A short text that returns later than this is a series, not a copy."""

_WORD = re.compile(r"\w+")
_PREFIX = re.compile(r"^(?:update \d+[-: ]+|exclusive[-: ]+|breaking[-: ]+|watch[: ]+)", re.IGNORECASE)
_DAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,4}\b", re.IGNORECASE)


class Text(msgspec.Struct, frozen=True):
    """What of an article is compared. `words`: title and summary in lower case, one space between; `marks`: numbers
    and days in the title; `bands`: where MinHash looks for others that are nearly the same."""

    key: int
    article: Article
    words: str
    title: str
    marks: frozenset[str]
    bands: tuple[int, ...]


class Copies:
    """The originals seen so far, and which of them an article is a copy of."""

    def __init__(self) -> None:
        self._by_url: dict[str, Text] = {}
        self._by_text: dict[str, list[Text]] = {}
        self._by_title: dict[str, list[Text]] = {}
        self._by_band: dict[int, list[Text]] = {}

    def find(self, key: int, article: Article) -> tuple[int, str] | None:
        """The key of the original and the evidence in words; None, and the article is an original from now on."""
        text = _text(key, article)
        for original in self._candidates(text):
            if why := _judge(original, text):
                return original.key, f"{why} as {original.article.source.name}: {original.article.title}"
        self._add(text)
        return None

    def add_original(self, key: int, article: Article) -> None:
        """Take in an article that is known to be an original."""
        self._add(_text(key, article))

    def _add(self, text: Text) -> None:
        if text.article.url:
            self._by_url.setdefault(text.article.url, text)
        _keep(self._by_text, text.words, text)
        if text.title:
            _keep(self._by_title, text.title, text)
        for band in text.bands:
            _keep(self._by_band, band, text)

    def _candidates(self, text: Text) -> Iterable[Text]:
        found: dict[int, Text] = {}
        if text.article.url in self._by_url:
            same = self._by_url[text.article.url]
            found[same.key] = same
        if text.words:
            found.update((one.key, one) for one in self._by_text.get(text.words, ()))
            found.update((one.key, one) for one in self._by_title.get(text.title, ()))
        for band in text.bands:
            if band in self._by_band:
                found.update((one.key, one) for one in self._by_band[band])
        return found.values()


def _keep(index: dict[Any, list[Text]], place: object, text: Text) -> None:
    """The newest few are enough: ten thousand articles of one title must not be compared with each other."""
    texts = index.setdefault(place, [])
    texts.append(text)
    if len(texts) > MOST:
        del texts[1]  # the first stays: it is the original


def _text(key: int, article: Article) -> Text:
    title = _WORD.findall(_PREFIX.sub("", article.title).casefold())
    words = title + _WORD.findall(article.summary.casefold())
    marks = frozenset(mark.casefold() for mark in _DAY.findall(article.title))
    return Text(key, article, " ".join(words), " ".join(title), marks, _bands(words))


def _shingles(words: Sequence[str]) -> set[str]:
    """All runs of three words."""
    return {" ".join(run) for run in zip(words, words[1:], words[2:], strict=False)}


def _bands(words: Sequence[str]) -> tuple[int, ...]:
    if len(words) < FEW_WORDS:
        return ()
    sketch = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
    sketch.update(list(_shingles(words)))
    digest = sketch.digest()
    rows = PERMUTATIONS // BANDS
    return tuple(hash((band, *digest[band * rows : (band + 1) * rows])) for band in range(BANDS))


def _judge(original: Text, other: Text) -> str | None:
    """Why `other` is a copy, in words; None where it is not."""
    a, b = original.article, other.article
    if a.url and a.url == b.url:
        return "the same address"
    if original.marks != other.marks and original.marks and other.marks:
        return None
    days = abs((a.date - b.date).total_seconds()) / 86400
    if original.words == other.words:
        long = len(other.words) >= SHORT
        return "the same text" if (long or a.source.name != b.source.name) and days <= DAYS_APART else None
    if original.bands and other.bands and (likeness := _likeness(original.words.split(), other.words.split())) >= NEAR:
        return f"{likeness:.0%} of the wording"
    if original.title == other.title and original.title.count(" ") >= 4 and days <= DAYS_APART:
        return "the same headline" if a.source.name != b.source.name or days <= 1 else None
    return None


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """The share of the shorter text's wording that the longer one holds; nothing where their numbers differ."""
    numbers = sorted(({word for word in words if word.isdigit()} for words in (a, b)), key=len)
    if not numbers[0] <= numbers[1]:
        return 0.0
    shingles = _shingles(a), _shingles(b)
    return len(shingles[0] & shingles[1]) / min(map(len, shingles))
