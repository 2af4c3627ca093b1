"""Novelty: how much more often a word or a phrase occurs today than in the days before.

A name that appeared at noon is the strongest evidence that two of today's articles report one event; a name that has
been in the news for weeks is none. A term is new if the share of the last day's articles that contain it is higher than
the share of the two days before (compare burst detection: Kleinberg, Bursty and Hierarchical Structure in Streams,
2003, and the time-aware term weights of topic detection and tracking).
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import may_be_among
from aggregator.grouping.features.run_length import Ints, find_runs
from aggregator.grouping.pairs.arrays import Bools, Window

TODAY, BEFORE = 24 * 3600, 72 * 3600
"""Seconds before an article that count as its day, and as the days before together with it."""
TODAY_PRIOR, BEFORE_PRIOR = 20, 40
"""Articles without the term that are added to both counts, so that few articles prove nothing."""
LOWEST, HIGHEST = -1.5, 5.0
"""Limits of novelty. A term in a window of one day is neither new nor old."""
STEPS = 16
"""Novelty is stored in steps of 1 / `STEPS`."""
BATCHES = 8
"""Terms are counted in so many batches, which limits memory."""

_COLUMN_BITS, _ROW_BITS = np.uint64(5), np.uint64(24)
_ROW_MASK = np.uint64((1 << 24) - 1)
_TERM_SHIFT = _COLUMN_BITS + _ROW_BITS


class Novelty(msgspec.Struct, frozen=True):
    """The novelty of `Window.words` and `Window.phrases`, in steps; 0 for articles that were not rated."""

    words: npt.NDArray[np.int8]
    phrases: npt.NDArray[np.int8]


def rate_novelty(window: Window, rows: Ints) -> Novelty:
    """Rate the words and the phrases of these articles of a window."""
    rated = np.zeros(len(window), bool)
    rated[rows] = True
    return Novelty(novelty(window.words, window.times, rated), novelty(window.phrases, window.times, rated))


def novelty(terms: npt.NDArray[np.uint32], times: Ints, rated: Bools) -> npt.NDArray[np.int8]:
    """Return the novelty of each term: the logarithm of the ratio between both shares, in steps.

    `terms`: a row per article, by time, and up to 32 columns, each term once in a row; 0 where there are no more.
    `times`: epoch seconds of each row; `rated`: the rows whose terms are rated. A row is compared with those above it.
    Terms of one row only are not rated.
    """
    result = np.zeros(terms.shape, np.int8)
    flat, width = terms.ravel(), terms.shape[1]
    articles = np.arange(len(times))
    first_today, first_before = (np.searchsorted(times, times - seconds) for seconds in (TODAY, BEFORE))
    today_total = (articles - first_today + 1 + TODAY_PRIOR).astype(np.float32)
    before_total = (first_today - first_before + BEFORE_PRIOR).astype(np.float32)
    counted = flat > 0 if rated.all() else may_be_among(flat, terms[rated])
    batch_of = flat >> np.uint32(29)  # the upper three bits of the hash
    for batch in range(BATCHES):
        cell = np.flatnonzero((batch_of == batch) & counted)
        row = cell // width
        occurrences = _repeated(flat[cell].astype(np.uint64) << _TERM_SHIFT | _place(row, cell - row * width))
        row = (occurrences >> _COLUMN_BITS & _ROW_MASK).astype(np.int64)
        number = np.flatnonzero(rated[row])
        row, of_rated = row[number], occurrences[number]
        column = (of_rated & np.uint64((1 << 5) - 1)).astype(np.int64)
        today_from, before_from = (
            _first_since(occurrences, of_rated, first[row]) for first in (first_today, first_before)
        )
        today = number - today_from + 1
        ratio = (today + 0.5) * before_total[row] / ((today_from - before_from + 0.5) * today_total[row])
        result[row, column] = np.rint(np.clip(np.log(ratio), LOWEST, HIGHEST) * STEPS)
    return result


def _place(row: Ints, column: Ints | int) -> npt.NDArray[np.uint64]:
    return row.astype(np.uint64) << _COLUMN_BITS | np.uint64(column)


def _repeated(occurrences: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sort occurrences, by term and row, and drop terms that occur only once, as most do."""
    occurrences.sort()
    term = occurrences >> _TERM_SHIFT
    same = np.zeros(len(term) + 1, bool)
    np.equal(term[1:], term[:-1], out=same[1:-1])
    repeated: npt.NDArray[np.uint64] = occurrences[same[1:] | same[:-1]]
    return repeated


def _first_since(occurrences: npt.NDArray[np.uint64], of: npt.NDArray[np.uint64], row: Ints) -> Ints:
    """Return, for each of some occurrences, the index of the first one of the same term in this row or below.

    Adjacent ones often have the same: all articles of the first days, for example.
    """
    sought = of >> _TERM_SHIFT << _TERM_SHIFT | _place(row, 0)
    starts, lengths = find_runs(sought)
    return np.repeat(np.searchsorted(occurrences, sought[starts]), lengths)
