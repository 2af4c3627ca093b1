"""The words of an article, weighed: what two texts have in common is told by rare words, names and numbers.

How rare a word is comes from the articles at hand and, since a first run has few, from a prior: by Zipf's law of
abbreviation (The Psychobiology of Language, 1935) a short word is a frequent one, in every language with spaces.
Scripts without spaces are read as pairs of characters.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Self

import msgspec

from aggregator.model import Article

SUMMARY = 500
"""Characters of a summary that are read: news says first what it is about."""
TITLE, NAME = 2.0, 1.5
"""How much more a word weighs in a title, and as a name."""
SAME_START = 2
"""Words in which the titles of a series begin alike."""
PRIOR = 1000
"""The number of articles that the prior counts for."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SENTENCE_END = re.compile(r"[.!?:;…–—|\"“”„]\s*$")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")


class Wording(msgspec.Struct, frozen=True):
    """The terms of an article with how often and where they stand, and which of them are names."""

    counts: dict[str, float]
    names: frozenset[str]


class Headline(msgspec.Struct, frozen=True):
    """`shape`: a title without its numbers; `numbers`: these. A series keeps the one and changes the other."""

    shape: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, title: str) -> Self:
        """That of a title, whatever its case."""
        title = title.casefold()
        return cls(tuple(_NUMBER.sub("#", title).split()), tuple(_NUMBER.findall(title)))


def read_wording(article: Article) -> Wording:
    """Terms of title and summary."""
    counts: dict[str, float] = {}
    names: set[str] = set()
    for text, weight in ((article.title, TITLE), (article.summary[:SUMMARY], 1.0)):
        for term, is_name in _terms(text):
            term = sys.intern(term)  # the same words stand in thousands of articles
            counts[term] = counts.get(term, 0.0) + weight
            if is_name:
                names.add(term)
    return Wording(counts, frozenset(names))


def _terms(text: str) -> Iterable[tuple[str, bool]]:
    found = list(_WORD.finditer(text))
    capitals = sum([one[0][0].isupper() for one in found])
    headline_case = capitals > 0.6 * len(found)
    end = 0
    for one in found:
        word = one[0]
        if not word.isascii() and _UNSPACED.fullmatch(word):
            yield from ((word[n : n + 2], False) for n in range(len(word) - 1))
        elif len(word) > 1 or word.isdigit():
            capital = not headline_case and word[0].isupper()
            yield _stem(word.casefold()), capital and not _begins_sentence(text, end, one.start())
        # one letter alone ("s", "t" of "don't") says nothing
        end = one.end()


def _begins_sentence(text: str, end: int, start: int) -> bool:
    """Whether a word that starts here is the first of its sentence. `end`: of the word before it."""
    return start == 0 or bool(_SENTENCE_END.search(text[max(end - 1, 0) : start]))


def _stem(word: str) -> str:
    """Plurals and genitives of most European languages fall together with their singular."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def prior(term: str) -> float:
    """In how many of `PRIOR` articles a word of this length is to be expected."""
    if term[0].isdigit():
        return 8.0 if len(term) > 2 else 60.0
    if len(term) == 2 and not term.isascii():
        return 20.0
    return max(PRIOR * 0.5 ** (len(term) - 1), 4.0)


def is_series(a: Headline, b: Headline) -> bool:
    """Whether two titles of an outlet begin alike and differ in their numbers: weather, markets, results of the day."""
    if not a.numbers or not b.numbers or a.numbers == b.numbers:
        return False
    return a.shape == b.shape or (len(a.shape) > SAME_START and a.shape[:SAME_START] == b.shape[:SAME_START])


class Rarity:
    """How rare terms are among the articles seen so far."""

    def __init__(self) -> None:
        self._total = PRIOR
        self._counts: Counter[str] = Counter()
        self._known: dict[str, float] = {}

    def add(self, wording: Wording) -> None:
        """Count an article."""
        self._total += 1
        self._counts.update(wording.counts.keys())
        self._known.clear()

    def of(self, term: str) -> float:
        """Inverse document frequency; never negative."""
        rarity = self._known.get(term)
        if rarity is None:
            expected = prior(term) + self._counts[term]
            rarity = self._known[term] = max(math.log(self._total / expected), 0.0)
        return rarity

    def vector(self, wording: Wording) -> dict[str, float]:
        """The weighed terms of an article, of length one."""
        weights = {}
        for term, count in wording.counts.items():
            weight = (1 + math.log(count)) * self.of(term)
            weights[term] = weight * NAME if term in wording.names else weight
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / norm for term, weight in weights.items() if weight > 0} if norm else {}
