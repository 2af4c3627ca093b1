"""Hash words by their stems.

"strikes", "striking" and "strike" are one word: endings of plurals, genitives and English verbs are cut. Such light
stemmers do nearly as well as thorough ones (Harman, How Effective Is Suffixing?, 1991). The language of a text does not
matter, since outlets state it wrongly or not at all, and a word must have the same stem in all of them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.run_length import Ints

Uint64s = npt.NDArray[np.uint64]
CodePoints = npt.NDArray[np.uint32]

_HASH_BASE = 0x9E3779B97F4A7C15
_ENDS_IN_Y = 0x5BD1E995
_CAN_END_A_WORD = np.isin(np.arange(128), [ord(letter) for letter in "sgdeyi"])
"""Whether the letter can be the last one of an ending that is cut."""
_KEPT_DOUBLE = np.isin(np.arange(128), [ord(letter) for letter in "lsz"])
"""Whether the letter can be doubled at the end of a verb: "kill", but "stop"."""


def hash_stems(
    lower: CodePoints, start: Ints, end: Ints, inflected: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Return a hash of each word's stem, and where the stem ends.

    `lower`: a text in lower case; `start`, `end`: of each word; `inflected`: the words that may have an ending.
    """
    end, ends_in_y = end.copy(), np.zeros(len(end), bool)
    last = lower[end - 1]
    words = np.flatnonzero(inflected & (end - start >= 5) & _CAN_END_A_WORD[np.minimum(last, 127)])
    end[words], ends_in_y[words] = _cut_endings(lower, start[words], end[words])
    word = _hash_words(lower, start, end)
    word[ends_in_y] ^= np.uint32(_ENDS_IN_Y)  # "policy" and "police" are different words
    return word, end


def _cut_endings(lower: CodePoints, start: Ints, end: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return where the stems of words end, and whether they end in "y"."""

    def ends_with(letters: str, least: int) -> npt.NDArray[np.bool_]:
        """Return which words of at least so many letters end with some."""
        matches = end - start >= least
        for back, letter in enumerate(reversed(letters), 1):
            matches &= lower[end - back] == ord(letter)
        return matches

    end = end - ends_with("s", 5)
    verb = 3 * ends_with("ing", 6) + 2 * ends_with("ed", 5)
    end -= verb
    last = lower[end - 1]
    doubled = (verb > 0) & (end - start > 3) & (last == lower[end - 2])
    end -= doubled & ~_KEPT_DOUBLE[np.minimum(last, 127)]
    final_i, final_ie = ends_with("i", 5), ends_with("ie", 5)
    ends_in_y = ends_with("y", 5) | final_ie | (final_i & (verb > 0))  # "carry", "carries", "carried"
    end -= (ends_in_y | final_i | ends_with("e", 5)).astype(np.int64) + final_ie
    return end, ends_in_y


def _hash_words(lower: CodePoints, start: Ints, end: Ints) -> npt.NDArray[np.uint32]:
    """Hash words by a polynomial of their characters (Karp and Rabin 1987), from prefix sums over the whole text."""
    size = len(lower)
    powers, inverse_powers = _powers(1 << max(size.bit_length(), 16))
    sums = np.zeros(size + 1, np.uint64)
    np.cumsum(lower * powers[:size], out=sums[1:])
    hashes = mix((sums[end] - sums[start]) * inverse_powers[start]) >> np.uint64(32)
    return hashes.astype(np.uint32)


@cache
def _powers(size: int) -> tuple[Uint64s, Uint64s]:
    """Return the powers of `_HASH_BASE` and of its inverse, modulo 2 ** 64."""
    both = []
    for base in (_HASH_BASE, pow(_HASH_BASE, -1, 1 << 64)):
        powers = np.full(size, base, np.uint64)
        powers[0] = 1
        both.append(np.cumprod(powers))
    return both[0], both[1]


def mix(numbers: Uint64s) -> Uint64s:
    """Spread numbers over 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return numbers ^ numbers >> np.uint64(31)
