"""Cut texts into words, many texts at once.

A word becomes a number: 32 bits that stand for it, then how common it is in its language (`background`), and how it is
written. All of that is worked out for a whole batch by arrays, since a run reads every word of every new article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.background import (
    ACRONYM,
    LEVELS,
    LONG_NUMBER,
    LONGEST_UNKNOWN,
    NUMBER,
    PAIR_OF_CHARACTERS,
    levels,
)
from aggregator.grouping.pairs.run_length import Ints

WORD = (1 << 32) - 1
"""The bits of a token that stand for the word."""
LEVEL = 32
"""Where the five bits of its level begin."""
FLAGS = 37
"""Where the flags begin."""
IS_NUMBER, CAPITAL, SMALL, UPPER = (1 << FLAGS + n for n in range(4))
"""A number; a word with a capital, or a small letter, where nothing else asks for it; one capitalised at all."""

Numbers = npt.NDArray[np.uint64]
Characters = npt.NDArray[np.uint32]
"""Text as code points."""

# What a character is.
_LETTER, _DIGIT, _UPPER, _ASCII, _ENDS, _SPACE, _JOINS, _UNSPACED = (1 << n for n in range(8))
_WORDS = _LETTER | _DIGIT
_END_SIGNS = '.!?:;…–—|"“”„«»\n'  # after these a capital is no sign of a name
_RUN = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")
_EDGE = "\n\n"  # so that one may look two characters back and ahead

_BASE = 0x9E3779B97F4A7C15
_TABLE = 1 << 20


class Tokens(msgspec.Struct, frozen=True):
    """The words of some texts, one after the other. `counts`: how many each text has; `start`, `end`: where each stands
    among `characters`."""

    numbers: Numbers
    counts: Ints
    start: Ints
    end: Ints
    characters: Characters

    def written(self, token: int) -> str:
        """How a token is written."""
        return self.characters[self.start[token] : self.end[token]].tobytes().decode("utf-32-le", "replace")


def cut(texts: Sequence[str], languages: Sequence[str]) -> Tokens:
    """The words of texts. `languages`: of each, an ISO 639-1 code, or "" where it is not known."""
    texts = [text if text.isascii() else _RUN.sub(_pairs, text) for text in texts]
    characters = _characters(_EDGE.join(["", *texts, ""]))
    ends = np.array([*accumulate((len(text) + 2 for text in texts), initial=2)])
    kinds, lower = _ALPHABET.look_up(characters)
    gone = _marks_inside(kinds)
    if len(gone):
        characters, kinds, lower = np.delete(characters, gone), np.delete(kinds, gone), np.delete(lower, gone)
        ends -= np.searchsorted(gone, ends)
    start, end = _edges(kinds)
    counts = np.diff(np.searchsorted(start, ends))
    first = kinds[start]
    long = (end - start >= 2) | (first & _DIGIT > 0)  # one letter alone ("s", "t" of "don't") says nothing
    text = np.repeat(np.arange(len(texts)), counts)[long]
    start, end, first = start[long], end[long], first[long]
    numbers = _Words(start, end, first, kinds, lower).numbers(text, languages)
    return Tokens(numbers, np.bincount(text, minlength=len(texts)), start, end, characters)


def _pairs(found: re.Match[str]) -> str:
    run = found[0]
    return " ".join([run[n : n + 2] for n in range(len(run) - 1)]).join("  ")


def _characters(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


class _Alphabet:
    """The characters that were met so far: what each is, above the 24 bits of its small letter."""

    def __init__(self) -> None:
        self._known = np.zeros(0x110000, np.uint32)

    def look_up(self, characters: Characters) -> tuple[npt.NDArray[np.uint8], Characters]:
        """What characters are, and their small letters."""
        found = self._known[characters]
        if not found.all():
            for code in np.unique(characters[found == 0]).tolist():
                sign = chr(code)
                small = sign.casefold()
                small = small if len(small) == 1 else sign.lower()[0]
                self._known[code] = _kind(sign) << 24 | (ord(small) or 1)
            found = self._known[characters]
        return (found >> np.uint32(24)).astype(np.uint8), found & np.uint32((1 << 24) - 1)


_ALPHABET = _Alphabet()


def _kind(sign: str) -> int:
    if sign in _END_SIGNS:
        return _ENDS | (_JOINS if sign == "." else 0)
    if sign == ",":
        return _JOINS
    if sign.isspace():
        return _SPACE
    if not sign.isalnum():
        return _LETTER if unicodedata.category(sign)[0] == "M" else 0  # a vowel sign belongs to its word
    kind = (_DIGIT if sign.isdigit() else _LETTER) | (_UPPER if sign.isupper() else 0)
    return kind | (_ASCII if sign.isascii() else 0) | (_UNSPACED if _RUN.fullmatch(sign * 2) else 0)


def _marks_inside(kinds: npt.NDArray[np.uint8]) -> Ints:
    """Where the full stops of initials stand, and thousands marks in numbers. The point in "3.5" becomes a digit."""
    mark = np.flatnonzero(kinds & _JOINS)
    point = kinds[mark] & _ENDS > 0
    left, right = kinds[mark - 1], kinds[mark + 1]
    digits = left & right & _DIGIT > 0
    alone = (kinds[mark - 2] | kinds[mark + 2]) & _WORDS == 0
    initials = point & alone & (left & right & _LETTER > 0)
    kinds[mark[digits & point]] = _DIGIT
    gone: Ints = mark[initials | (digits & ~point)]
    return gone


def _edges(kinds: npt.NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """Where words begin and end."""
    word = kinds & _WORDS > 0
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    return edges[::2], edges[1::2]


class _Words(msgspec.Struct, frozen=True):
    """Words by where they begin and end; `first`: what their first characters are; `kinds`, `lower`: of all
    characters."""

    start: Ints
    end: Ints
    first: npt.NDArray[np.uint8]
    kinds: npt.NDArray[np.uint8]
    lower: Characters

    def numbers(self, text: Ints, languages: Sequence[str]) -> Numbers:
        """Each word as a token. `text`: which it stands in."""
        length = self.end - self.start
        number, upper = self.first & _DIGIT > 0, self.first & _UPPER > 0
        capitals = self.kinds[self.end - 1] & self.first & self.kinds[self.start + 1] & (_UPPER | _ASCII)
        acronym = (length <= 3) & (length > 1) & (capitals == _UPPER | _ASCII)
        plural = (length > 4) & ~number & (self.lower[self.end - 1] == ord("s"))  # see background.stem
        word = _hashed(self.lower, self.start, self.end - plural)
        word[acronym] ^= np.uint32(ACRONYM)  # "US" is another word than "us"
        level = self._known_levels(word, length - plural, text, languages)
        level[number] = np.where(length[number] > 2, LONG_NUMBER, NUMBER)
        level[acronym] = ACRONYM
        level[(length == 2) & (self.first & _UNSPACED > 0)] = PAIR_OF_CHARACTERS
        free = ~number & ~self._begins()
        found = word.astype(np.uint64) | level.astype(np.uint64) << np.uint64(LEVEL)
        for flag, where in (
            (IS_NUMBER, number),
            (UPPER, upper),
            (CAPITAL, (upper & free) | acronym),
            (SMALL, ~upper & free),
        ):
            found |= where.astype(np.uint64) * np.uint64(flag)
        return found

    def _begins(self) -> npt.NDArray[np.bool_]:
        """Which words stand where a sentence may begin."""
        before, further = self.kinds[self.start - 1], self.kinds[self.start - 2]
        return (before & _ENDS > 0) | ((before & _SPACE > 0) & (further & _ENDS > 0))

    def _known_levels(
        self, word: npt.NDArray[np.uint32], length: Ints, text: Ints, languages: Sequence[str]
    ) -> npt.NDArray[np.uint8]:
        found = np.empty(len(word), np.uint8)
        names = sorted(set(languages))
        spoken = np.array([names.index(one) for one in languages], np.uint8)[text]
        for number, name in enumerate(names):
            where = slice(None) if len(names) == 1 else spoken == number
            table = _table(name)
            if table is None:
                found[where] = np.minimum(2 * (length[where] - 1), LONGEST_UNKNOWN)
            else:
                found[where] = table[word[where] & np.uint32(_TABLE - 1)]
        return found


@cache
def _table(language: str) -> npt.NDArray[np.uint8] | None:
    """The levels of a language's words by the last bits of their numbers. Of two words in one place the commoner
    counts."""
    known = levels({"nb": "no", "nn": "no"}.get(language, language))
    if known is None:
        return None
    lower = _characters("\n".join([*known, ""]))
    end = np.flatnonzero(lower == ord("\n"))
    word = _hashed(lower, np.concatenate(([0], end[:-1] + 1)), end)
    table = np.full(_TABLE, LEVELS, np.uint8)
    np.minimum.at(table, word & np.uint32(_TABLE - 1), np.array([*known.values()], np.uint8))
    return table


def _hashed(lower: Characters, start: Ints, end: Ints) -> npt.NDArray[np.uint32]:
    """A number for each word: a polynomial of its characters (Karp and Rabin 1987), from sums over the whole text."""
    size = len(lower)
    powers, inverse = _powers(1 << max(size.bit_length(), 16))
    sums = np.zeros(size + 1, np.uint64)
    np.cumsum(lower * powers[:size], out=sums[1:])
    found: npt.NDArray[np.uint32] = (mix((sums[end] - sums[start]) * inverse[start]) >> np.uint64(32)).astype(np.uint32)
    return found


@cache
def _powers(size: int) -> tuple[Numbers, Numbers]:
    """The powers of `_BASE` and of its inverse, modulo 2 ** 64."""
    both = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        powers = np.full(size, base, np.uint64)
        powers[0] = 1
        both.append(np.cumprod(powers))
    return both[0], both[1]


def mix(numbers: Numbers) -> Numbers:
    """Spread numbers over 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return numbers ^ numbers >> np.uint64(31)
