"""Generate the tables of common words in the package from the word frequencies of wordfreq.

    pip install wordfreq
    python benchmarks/background.py

An article of `LENGTH` words contains a word of frequency f with probability 1 - exp(-f * LENGTH). A table has a line
for each level of this probability, the most common words first.
wordfreq's data is CC BY-SA 4.0 (Robyn Speer, 2022, https://doi.org/10.5281/zenodo.7199437); so are the tables.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from aggregator.grouping.features.background import FOLDER, LEVELS, level_of, stem

LANGUAGES = "ar bg ca cs da de el en es fa fi fr he hr hu id it lt lv nl no pl pt ro ru sk sl sv tr uk".split()
LENGTH = 40
"""Words of a short article."""


def table(frequencies: dict[str, float]) -> str:
    """Return the table of a language: a line per level, with its number and its words."""
    by_stem: dict[str, float] = defaultdict(float)
    for word, frequency in frequencies.items():
        if word.isalpha():
            by_stem[stem(word)] += frequency
    levels: dict[int, list[str]] = defaultdict(list)
    for word, frequency in by_stem.items():
        level = level_of(1 - math.exp(-frequency * LENGTH))
        if level < LEVELS - 1:
            levels[level].append(word)
    return "".join(f"{level} {' '.join(sorted(levels[level]))}\n" for level in sorted(levels))


def main() -> None:
    """Write all tables."""
    from wordfreq import get_frequency_dict

    folder = Path(FOLDER)
    for language in LANGUAGES:
        path = folder / f"{language}.txt"
        path.write_text(table(get_frequency_dict(language, wordlist="small")), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
