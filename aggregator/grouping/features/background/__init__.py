"""How common words are in a language: tables of levels, from general word frequencies.

Level n means that about one of 2 ** (n / 2) short articles contains the word. The tables in this folder list the words
of each language up to level `LEVELS`. benchmarks/background.py generates them from wordfreq (data under CC BY-SA 4.0,
see LICENSE in this folder).
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LEVELS = 24
"""The level of words that no table contains: one in 4,000 articles, or rarer."""
NUMBER, LONG_NUMBER, PAIR_OF_CHARACTERS, ACRONYM = 8, 14, 11, 13
"""The levels of tokens that tables do not contain: numbers of up to two digits, longer numbers, two characters of a
script without spaces, acronyms such as "US" or "EU"."""
LONGEST_UNKNOWN = LEVELS - 8
"""The highest level of words in a language without a table, where levels follow from word length: by Zipf's law of
abbreviation (The Psychobiology of Language, 1935) short words are frequent."""


def level_of(probability: float) -> int:
    """Return the level of a word that an article contains with this probability (0 to 1)."""
    return min(round(-2 * math.log2(max(probability, 1e-9))), LEVELS)


def stem(word: str) -> str:
    """Remove a final "s", so that plurals and genitives of most European languages share a level with the singular."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


@cache
def levels(language: str) -> dict[str, int] | None:
    """Return the levels of a language's common words by stem; None if there is no table for it.

    `language`: an ISO 639-1 code such as "en".
    """
    path = FOLDER / f"{language}.txt"
    if not language.isalpha() or not path.is_file():
        return None
    level_by_stem: dict[str, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        level, *words = line.split(" ")
        level_by_stem.update(dict.fromkeys(words, int(level)))
    return level_by_stem
