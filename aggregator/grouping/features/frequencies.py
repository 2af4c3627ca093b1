"""Document frequencies of words in the articles of this installation, and the rarity of words that follows.

Words are counted in a table of slots that is large enough for few to share one. The counts do not depend on the window,
so that a word has the same rarity in a run with three new articles as in one with three thousand.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import CAPITAL, IS_NUMBER, LEVEL_SHIFT, LOWER, RARITY_STEPS, WIDTH, Records
from aggregator.grouping.features.run_length import Ints

SLOT_BITS = 20
SLOTS = 1 << SLOT_BITS
MAX_ARTICLES = 5000
"""Counted articles from which all counts are halved: a name that is in the news for weeks distinguishes little, and one
that has been quiet becomes distinctive again."""

COLD_START_ARTICLES = 1000
"""Until so many articles are counted, the rarity of all words is computed again in each run."""
BATCH = 100
"""Articles that are counted and rated together."""
PRIOR_ARTICLES = 500
"""Weight of the levels of words, as a number of articles, beside the articles that were counted."""
MAX_RARITY = 7.5
"""The upper limit of rarity: a word in one of 1,800 articles."""
NAME_SHARE = 0.45
"""A word is a name if it is capitalised in this share of its occurrences within sentences."""

# Three counts are packed into one number, adjacent in memory: articles that contain the word, that write it with a
# capital, and in lower case. None exceeds `MAX_ARTICLES` by more than a batch.
_CAPITAL_SHIFT, _LOWER_SHIFT = np.uint64(21), np.uint64(42)
_COUNT_MASK = np.uint64((1 << 21) - 1)
_HALVED_MASK = np.uint64(sum((1 << 20) - 1 << shift for shift in (0, 21, 42)))


def slots(words: Any) -> Ints:
    """Return the slots in which words are counted."""
    indices: Ints = (words & (SLOTS - 1)).astype(np.int64)
    return indices


def may_be_among(words: Any, others: Any) -> npt.NDArray[np.bool_]:
    """Return which words may be among others: those that share a slot with one, but never 0, which is no word."""
    present = np.zeros(SLOTS, bool)
    present[slots(others)] = True
    may: npt.NDArray[np.bool_] = present[slots(words)] & (words > 0)
    return may


class Frequencies:
    """Counts by slot. `articles`: how many were counted; `serialised`: the result of an earlier `serialise`."""

    def __init__(self, serialised: bytes | None = None) -> None:
        self.articles = 0.0
        self._counts = np.zeros(SLOTS, np.uint64)
        if serialised is not None:
            self._restore(serialised)

    @property
    def cold_start(self) -> bool:
        """Whether too few articles are counted for rarities to be final."""
        return self.articles < COLD_START_ARTICLES

    def count(self, records: Records, earlier: Records) -> None:
        """Count new articles, and write the rarity of their words into their records.

        `records`: of the new articles, by time; `earlier`: of articles counted before, which are rated again during a
        cold start. Batches are small, as if many runs had counted them: articles are rated by what came before.
        """
        start = 0
        if self.cold_start:
            start = int(COLD_START_ARTICLES - self.articles)
            self._add(records[:start])
            self.rate(records[:start])
            self.rate(earlier)
        for batch_start in range(start, len(records), BATCH):
            batch = records[batch_start : batch_start + BATCH]
            self._add(batch)
            self.rate(batch)

    def _add(self, records: Records) -> None:
        if self.articles > MAX_ARTICLES:
            self.articles /= 2
            self._counts = self._counts >> np.uint64(1) & _HALVED_MASK
        self.articles += len(records)
        present = records["words"] > 0
        marks = records["marks"][present]
        capital, lower = (marks & CAPITAL > 0).astype(np.uint64), (marks & LOWER > 0).astype(np.uint64)
        packed = capital << _CAPITAL_SHIFT | lower << _LOWER_SHIFT | np.uint64(1)
        np.add.at(self._counts, slots(records["words"][present]), packed)

    def rate(self, records: Records) -> None:
        """Write the rarity of words, and which are names, into records of articles that were counted."""
        present = records["words"] > 0
        counts = self._counts[slots(records["words"])]
        total, capital, lower = (
            (counts >> shift & _COUNT_MASK).astype(np.float32) for shift in (np.uint64(0), _CAPITAL_SHIFT, _LOWER_SHIFT)
        )
        mostly_capital = capital > NAME_SHARE * (capital + lower + 0.5)
        is_number = (records["marks"] & IS_NUMBER) > 0
        is_name = present & ~is_number & (((records["marks"] & CAPITAL) > 0) | mostly_capital)
        bits = is_name.astype(np.uint32) << np.arange(WIDTH, dtype=np.uint32)
        records["name_bits"] = bits.sum(axis=1, dtype=np.uint32)
        prior = PRIOR_ARTICLES * np.exp2((records["marks"] >> LEVEL_SHIFT) * np.float32(-0.5))
        share = (prior + total) / np.float32(self.articles + PRIOR_ARTICLES)
        rarity = np.clip(-np.log(share), 0, MAX_RARITY)
        records["rarity"] = np.where(present, rarity * RARITY_STEPS + 0.5, 0).astype(np.uint8)

    def serialise(self) -> bytes:
        """Return the counts in a compressed form."""
        used = np.flatnonzero(self._counts).astype(np.uint32)
        body = used.tobytes() + self._counts[used].tobytes()
        return np.float64(self.articles).tobytes() + np.uint32(len(used)).tobytes() + zlib.compress(body, 1)

    def _restore(self, serialised: bytes) -> None:
        self.articles = float(np.frombuffer(serialised, np.float64, 1)[0])
        size = int(np.frombuffer(serialised, np.uint32, 1, 8)[0])
        body = zlib.decompress(serialised[12:])
        self._counts[np.frombuffer(body, np.uint32, size)] = np.frombuffer(body, np.uint64, offset=4 * size)
