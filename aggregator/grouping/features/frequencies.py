"""How often each word has stood in the articles of this installation: what is common news here, and what is telling.

Words are counted in so many places that few share one. The counts are the store's, not the window's, so that a word is
as telling in a run with three new articles as in one with three thousand.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import CAPITAL, IS_NUMBER, LEVEL, RARITY, SMALL, WIDTH, Records

BITS = 20
PLACES = 1 << BITS
MEMORY = 200_000
"""From so many articles on, all counts are halved: what was common years ago is forgotten."""

FEW = 1000
"""Until so many articles were counted, all that is there is weighed anew with each run: nothing is known of the news
before."""
AT_ONCE = 100
"""Articles that are counted and weighed at once."""
PRIOR = 500
"""The number of articles that the levels of the words count for, beside those that were counted."""
RAREST = 7.5
"""The most that a word is worth: one that stands in one of 1,800 articles."""
NAME_SHARE = 0.45
"""A word that is capitalised in this share of its places, where nothing else asks for it, is a name."""

# Three counts in one number, side by side in memory: articles that hold the word, write it as a name, write it
# small. None gets beyond `MEMORY` by more than a block.
_CAPITAL, _SMALL = np.uint64(21), np.uint64(42)
_COUNT = np.uint64((1 << 21) - 1)
_HALVES = np.uint64(sum((1 << 20) - 1 << shift for shift in (0, 21, 42)))

Counts = npt.NDArray[np.uint64]


def places(words: Any) -> npt.NDArray[np.int64]:
    """Where words are counted."""
    found: npt.NDArray[np.int64] = (words & (PLACES - 1)).astype(np.int64)
    return found


class Frequencies:
    """Counts by place, and of how many articles."""

    def __init__(self, kept: bytes | None = None) -> None:
        self.articles = 0.0
        self._counts = np.zeros(PLACES, np.uint64)
        if kept is not None:
            self._restore(kept)

    @property
    def cold(self) -> bool:
        """Whether too little is known for what was weighed to stay so."""
        return self.articles < FEW

    def weigh(self, records: Records, before: Records) -> None:
        """Count new articles, and note in their records how telling their words are. `records`: by time; `before`:
        those that are there already.

        Few are taken in at once, as many runs would do it: an article is weighed by what came before it.
        """
        start = 0
        if self.cold:
            start = int(FEW - self.articles)
            self._count(records[:start])
            self._note(records[:start])
            self._note(before)
        for block in range(start, len(records), AT_ONCE):
            some = records[block : block + AT_ONCE]
            self._count(some)
            self._note(some)

    def weigh_again(self, records: Records) -> None:
        """Note how telling the words of articles are that were counted before."""
        self._note(records)

    def _count(self, records: Records) -> None:
        if self.articles > MEMORY:
            self.articles /= 2
            self._counts = self._counts >> np.uint64(1) & _HALVES
        self.articles += len(records)
        there = records["words"] > 0
        marks = records["marks"][there]
        capital, small = (marks & CAPITAL > 0).astype(np.uint64), (marks & SMALL > 0).astype(np.uint64)
        np.add.at(self._counts, places(records["words"][there]), capital << _CAPITAL | small << _SMALL | np.uint64(1))

    def _note(self, records: Records) -> None:
        there = records["words"] > 0
        counts = self._counts[places(records["words"])]
        held, capital, small = (
            (counts >> shift & _COUNT).astype(np.float32) for shift in (np.uint64(0), _CAPITAL, _SMALL)
        )
        mostly = capital > NAME_SHARE * (capital + small + 0.5)
        named = there & ((records["marks"] & IS_NUMBER) == 0) & (((records["marks"] & CAPITAL) > 0) | mostly)
        records["names"] = (named.astype(np.uint32) << np.arange(WIDTH, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
        before = PRIOR * np.exp2((records["marks"] >> LEVEL) * np.float32(-0.5))
        share = (before + held) / np.float32(self.articles + PRIOR)
        records["rarity"] = np.where(there, np.clip(-np.log(share), 0, RAREST) * RARITY + 0.5, 0).astype(np.uint8)

    def kept(self) -> bytes:
        """The counts to be kept."""
        used = np.flatnonzero(self._counts).astype(np.uint32)
        body = used.tobytes() + self._counts[used].tobytes()
        return np.float64(self.articles).tobytes() + np.uint32(len(used)).tobytes() + zlib.compress(body, 1)

    def _restore(self, kept: bytes) -> None:
        self.articles = float(np.frombuffer(kept, np.float64, 1)[0])
        size = int(np.frombuffer(kept, np.uint32, 1, 8)[0])
        body = zlib.decompress(kept[12:])
        self._counts[np.frombuffer(body, np.uint32, size)] = np.frombuffer(body, np.uint64, offset=4 * size)
