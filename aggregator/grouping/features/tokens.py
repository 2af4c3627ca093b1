"""Tokenise texts in batches.

A token is a 64-bit number: the lower 32 bits are a hash of the word, then come its level in its language (`background`)
and flags for how it is written. All steps work on arrays of a whole batch, since a run reads every word of every new
article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

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
from aggregator.grouping.features.run_length import Ints
from aggregator.grouping.features.scripts import UNSPACED
from aggregator.grouping.features.word_hashes import CodePoints, Uint64s, hash_stems

WORD_MASK = (1 << 32) - 1
"""The bits of a token that hold the hash of its word."""
LEVEL_SHIFT = 32
"""Position of the five bits of its level."""
FLAG_SHIFT = 37
"""Position of the flags."""
IS_NUMBER, CAPITAL, LOWER, CAPITALISED = (1 << FLAG_SHIFT + n for n in range(4))
"""A number; a word with a capital, or in lower case, away from the start of a sentence; a word with a capital."""

Classes = npt.NDArray[np.uint8]
"""Classes of characters: a combination of the flags below for each."""

_LETTER, _DIGIT, _UPPER, _ASCII, _ENDS_SENTENCE, _SPACE, _JOINS, _UNSPACED = (1 << n for n in range(8))
_WORD = _LETTER | _DIGIT
_SENTENCE_ENDS = '.!?:;…–—|"“”„«»\n'  # after these a capital does not indicate a name
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]{{2,}}")
_SEPARATOR = "\n\n"  # two characters, so that lookups two characters back and ahead stay within the array

_TABLE_SIZE = 1 << 20


class TokenisedTexts(msgspec.Struct, frozen=True):
    """The tokens of several texts, one after the other. `counts`: tokens per text; `start`, `end`: of each token among
    `code_points` without the `removed` ones."""

    tokens: Uint64s
    counts: Ints
    start: Ints
    end: Ints
    code_points: CodePoints
    removed: Ints

    def spellings(self, tokens: Ints) -> list[str]:
        """Return the texts of the tokens with these indices."""
        text = np.delete(self.code_points, self.removed).tobytes().decode("utf-32-le", "replace")
        bounds = zip(self.start[tokens].tolist(), self.end[tokens].tolist(), strict=True)
        return [text[start:end] for start, end in bounds]


def tokenise(texts: Sequence[str], languages: Sequence[str]) -> TokenisedTexts:
    """Tokenise texts. `languages`: an ISO 639-1 code for each, or "" where unknown."""
    texts = [text if text.isascii() else _UNSPACED_RUN.sub(_split_into_pairs, text) for text in texts]
    code_points = _code_points(_SEPARATOR.join(["", *texts, ""]))
    text_ends = np.cumsum([len(_SEPARATOR), *map(len, texts)])
    text_ends += len(_SEPARATOR) * np.arange(len(text_ends))
    classes, lower = _CHARACTERS.look_up(code_points)
    removed = _inner_punctuation(classes)
    if len(removed):
        kept = np.ones(len(classes), bool)
        kept[removed] = False
        classes, lower = classes[kept], lower[kept]
        text_ends -= np.searchsorted(removed, text_ends)
    start, end = _word_bounds(classes)
    counts = np.diff(np.searchsorted(start, text_ends))
    first = classes[start]
    long = (end - start >= 2) | (first & _DIGIT > 0)  # single letters ("s", the "t" of "don't") carry no meaning
    text = np.repeat(np.arange(len(texts)), counts)[long]
    start, end, first = start[long], end[long], first[long]
    tokens = _Words(start, end, first, classes, lower).tokens(text, languages)
    return TokenisedTexts(tokens, np.bincount(text, minlength=len(texts)), start, end, code_points, removed)


def _split_into_pairs(match: re.Match[str]) -> str:
    run = match[0]
    return " ".join([run[n : n + 2] for n in range(len(run) - 1)]).join("  ")


def _code_points(text: str) -> CodePoints:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


class _CharacterTable:
    """Classes and lower-case letters of characters, filled in as they are first looked up.

    An entry holds the class in its upper 8 bits, and the lower-case code point in the lower 24.
    """

    def __init__(self) -> None:
        self._entries = np.zeros(0x110000, np.uint32)

    def look_up(self, code_points: CodePoints) -> tuple[Classes, CodePoints]:
        """Return the classes and the lower-case letters of characters."""
        entries = self._entries[code_points]
        if not entries.all():
            for code in np.unique(code_points[entries == 0]).tolist():
                character = chr(code)
                folded = character.casefold()
                folded = folded if len(folded) == 1 else character.lower()[0]
                self._entries[code] = _classify(character) << 24 | (ord(folded) or 1)
            entries = self._entries[code_points]
        return (entries >> np.uint32(24)).astype(np.uint8), entries & np.uint32((1 << 24) - 1)


_CHARACTERS = _CharacterTable()


def _classify(character: str) -> int:
    if character in _SENTENCE_ENDS:
        return _ENDS_SENTENCE | (_JOINS if character == "." else 0)
    if character == ",":
        return _JOINS
    if character.isspace():
        return _SPACE
    if not character.isalnum():
        return _LETTER if unicodedata.category(character)[0] == "M" else 0  # a combining mark belongs to its word
    flags = (_DIGIT if character.isdigit() else _LETTER) | (_UPPER if character.isupper() else 0)
    return flags | (_ASCII if character.isascii() else 0) | (_UNSPACED if _UNSPACED_RUN.fullmatch(character * 2) else 0)


def _inner_punctuation(classes: Classes) -> Ints:
    """Return the positions of full stops in initials and of thousands separators, which are removed.

    The decimal point in "3.5" becomes a digit, in place.
    """
    mark = np.flatnonzero(classes & _JOINS > 0)
    point = classes[mark] & _ENDS_SENTENCE > 0
    left, right = classes[mark - 1], classes[mark + 1]
    between_digits = left & right & _DIGIT > 0
    single_letters = (classes[mark - 2] | classes[mark + 2]) & _WORD == 0
    initials = point & single_letters & (left & right & _LETTER > 0)
    classes[mark[between_digits & point]] = _DIGIT
    removed: Ints = mark[initials | (between_digits & ~point)]
    return removed


def _word_bounds(classes: Classes) -> tuple[Ints, Ints]:
    """Return the start and the end of each word."""
    in_word = classes & _WORD > 0
    bounds = np.flatnonzero(in_word[1:] != in_word[:-1]) + 1
    return bounds[::2], bounds[1::2]


class _Words(msgspec.Struct, frozen=True):
    """Words by `start` and `end`. `first`: classes of their first characters; `classes`, `lower`: of all characters."""

    start: Ints
    end: Ints
    first: Classes
    classes: Classes
    lower: CodePoints

    def tokens(self, text: Ints, languages: Sequence[str]) -> Uint64s:
        """Return the token of each word. `text`: the index of the text that contains each word."""
        length = self.end - self.start
        number, upper = self.first & _DIGIT > 0, self.first & _UPPER > 0
        capitals = self.classes[self.end - 1] & self.first & self.classes[self.start + 1] & (_UPPER | _ASCII)
        acronym = (length <= 3) & (length > 1) & (capitals == _UPPER | _ASCII)
        word, end = hash_stems(self.lower, self.start, self.end, ~number)
        word[acronym] ^= np.uint32(ACRONYM)  # "US" and "us" are different words
        level = self._word_levels(word, end - self.start, text, languages)
        level[number] = np.where(length[number] > 2, LONG_NUMBER, NUMBER)
        level[acronym] = ACRONYM
        level[(length == 2) & (self.first & _UNSPACED > 0)] = PAIR_OF_CHARACTERS
        within_sentence = ~number & ~self._starts_sentence()
        tokens = word.astype(np.uint64) | level.astype(np.uint64) << np.uint64(LEVEL_SHIFT)
        for flag, where in (
            (IS_NUMBER, number),
            (CAPITALISED, upper),
            (CAPITAL, (upper & within_sentence) | acronym),
            (LOWER, ~upper & within_sentence),
        ):
            tokens |= where.astype(np.uint64) * np.uint64(flag)
        return tokens

    def _starts_sentence(self) -> npt.NDArray[np.bool_]:
        """Return which words may start a sentence."""
        before, further_back = self.classes[self.start - 1], self.classes[self.start - 2]
        return (before & _ENDS_SENTENCE > 0) | ((before & _SPACE > 0) & (further_back & _ENDS_SENTENCE > 0))

    def _word_levels(
        self, word: npt.NDArray[np.uint32], length: Ints, text: Ints, languages: Sequence[str]
    ) -> npt.NDArray[np.uint8]:
        word_levels = np.empty(len(word), np.uint8)
        names = sorted(set(languages))
        language = np.array([names.index(name) for name in languages], np.uint8)[text]
        for number, name in enumerate(names):
            where = slice(None) if len(names) == 1 else language == number
            table = _level_table(name)
            if table is None:
                word_levels[where] = np.minimum(2 * (length[where] - 1), LONGEST_UNKNOWN)
            else:
                word_levels[where] = table[word[where] & np.uint32(_TABLE_SIZE - 1)]
        return word_levels


@cache
def _level_table(language: str) -> npt.NDArray[np.uint8] | None:
    """Return the levels of a language's words, indexed by the last bits of their hashes.

    Where two words collide, the level of the more common one is used.
    """
    level_by_stem = levels({"nb": "no", "nn": "no"}.get(language, language))
    if level_by_stem is None:
        return None
    lower = _code_points("\n".join([*level_by_stem, ""]))
    end = np.flatnonzero(lower == ord("\n"))
    start = np.concatenate(([0], end[:-1] + 1))
    word, _ = hash_stems(lower, start, end, np.ones(len(end), bool))
    table = np.full(_TABLE_SIZE, LEVELS, np.uint8)
    np.minimum.at(table, word & np.uint32(_TABLE_SIZE - 1), np.array([*level_by_stem.values()], np.uint8))
    return table
