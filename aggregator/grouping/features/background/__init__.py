"""How common a word is in the news of a language: what every reader knows before the first article of the day.

A level n says that a word stands in about one of 2 ** (n / 2) short articles. The tables beside this file hold the
words of a language that are no rarer than `LEVELS`; they were made by benchmarks/background.py from wordfreq (data
CC BY-SA 4.0, see LICENSE beside them).
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LEVELS = 24
"""The level of all words that are in no table: one in 4,000 articles, or rarer."""
NUMBER, LONG_NUMBER, PAIR_OF_CHARACTERS, ACRONYM = 8, 14, 11, 13
"""The levels of what no table of words holds: numbers up to two digits, longer ones, two characters of a script without
spaces, capitals such as "US" or "EU"."""
LONGEST_UNKNOWN = LEVELS - 8
"""The level of the longest words of a language that has no table. By Zipf's law of abbreviation (The Psychobiology of
Language, 1935) a short word is a frequent one."""


def level_of(probability: float) -> int:
    """The level of a word that an article holds with this probability (0 to 1)."""
    return min(round(-2 * math.log2(max(probability, 1e-9))), LEVELS)


def stem(word: str) -> str:
    """Plurals and genitives of most European languages fall together with their singular."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


@cache
def levels(language: str) -> dict[str, int] | None:
    """The levels of a language's common words, by their stem; None where there is no table for it.

    `language`: an ISO 639-1 code such as "en".
    """
    path = FOLDER / f"{language}.txt"
    if not language.isalpha() or not path.is_file():
        return None
    known: dict[str, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        level, *words = line.split(" ")
        known.update(dict.fromkeys(words, int(level)))
    return known
