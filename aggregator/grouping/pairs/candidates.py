"""Which pairs of articles are worth comparing: those that share two telling words, or a very rare one.

Each article is filed under its most telling words, alone where they are rare and two by two, and meets the articles
filed there just before it. That is n log n, however often a word stands in the news.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import BITS, PLACES
from aggregator.grouping.features.records import RARITY, WIDTH, Records
from aggregator.grouping.pairs.arrays import Bools, Window
from aggregator.grouping.pairs.run_length import Ints, place_in_run, runs

AT_ONCE = 4096
"""Articles looked at together: what is made of them on the way fits into the processor's cache."""
FILED_AT_ONCE = 1 << 23
"""Places looked at together, which bounds the memory that it takes."""
MEET_AT_ONCE = 1024
"""The same for the articles that they meet."""
TELLING = 12
"""Words that an article is filed under, two by two."""
KEYS = TELLING + TELLING * (TELLING - 1) // 2
"""Places that an article is filed in at most."""
RARE = 2.5
"""A word that is worth as much files an article alone, too."""
BEFORE = 16
"""Articles filed in the same place that an article meets: those just before it."""
TWINS_BEFORE = 3
"""The same for articles that may be copies."""
MOST = 32
"""Earlier articles that one is compared with: those it met in most places."""
ONCE = 8
"""From so many on, those that it met in one place only are left out."""

Codes = npt.NDArray[np.uint64]
"""Numbers that hold a place, or an article's row, above the last 24 bits, and an article's row in these."""

_ROW, _SHORT, _SHORT_BITS = np.uint64(24), np.uint64(42), np.uint64(22)
_ROWS = np.uint64((1 << 24) - 1)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def pairs(window: Window, new: Bools, span: float) -> tuple[Ints, Ints]:
    """The rows of the earlier and the later article of each pair, of which one at least is new.

    `span`: how many seconds apart they may be.
    """
    filed = _filed(window, new)
    row = (filed & _ROWS).astype(np.uint32)
    found = []
    for start in range(0, len(window), MEET_AT_ONCE):
        some = np.flatnonzero((row >= start) & (row < start + MEET_AT_ONCE))
        pair, times = _counted(_met(filed, some, new, BEFORE))
        early, late = _apart(pair)
        worth = (early != late) & (window.time[late] - window.time[early] <= span)
        found.append(_most_met(pair[worth], times[worth]))
    return _apart(np.concatenate(found)) if found else _apart(np.zeros(0, np.uint64))


def twins(records: Records, near: Ints, new: Bools) -> tuple[list[int], list[int]]:
    """The earlier and the later article of each pair that may be copies: of one address, title, or like wording.

    `near`: which of the records, by time. Each article meets the first of its kind and those just before it.
    """
    if not new.any():
        return [], []
    kinds = [records["address"][near], records["title"][near], *records["bands"][near].T]
    row = np.arange(len(near), dtype=np.uint64)
    every = bool(new.all())
    shared = [(one > 0) & (every or np.isin(one, one[new])) for one in kinds]
    keys = [
        _key(one[there].astype(np.uint64) | np.uint64(n << 32), row[there])
        for n, (one, there) in enumerate(zip(kinds, shared, strict=True))
    ]
    filed = np.sort(np.concatenate(keys))
    first, length = runs(filed >> _ROW)
    founder = np.repeat(filed[first] & _ROWS, length)
    met = _met(filed, np.arange(len(filed)), new, TWINS_BEFORE)
    met, _ = _counted(np.append(met, (filed & _ROWS) << _ROW | founder))
    early, late = _apart(met)
    worth = (early != late) & (new[early] | new[late])
    return early[worth].tolist(), late[worth].tolist()


def _apart(codes: Codes) -> tuple[Ints, Ints]:
    """The earlier and the later article of pairs."""
    return (codes & _ROWS).astype(np.int64), (codes >> _ROW).astype(np.int64)


def _filed(window: Window, new: Bools) -> Codes:
    """The places where several articles are filed, and new ones among them, each with the article; sorted."""
    asked = None if new.all() else _asked(window, np.flatnonzero(new))
    parts = np.uint64(1 + len(window) * KEYS // FILED_AT_ONCE)
    return np.concatenate([_several(_part(window, asked, part, parts)) for part in range(int(parts))])


def _part(window: Window, asked: Bools | None, part: int, parts: np.uint64) -> Codes:
    """The places that lie in one of several parts, each with the article; of those that are asked for."""
    filed, end = np.empty(len(window) * KEYS, np.uint64), 0  # what is not written to takes no memory
    for some in _steps(np.arange(len(window))):
        for made in _keys(window, some):
            wanted = made if asked is None else made[asked[made >> _SHORT]]
            wanted = wanted if parts == 1 else wanted[(wanted >> _SHORT) * parts >> _SHORT_BITS == part]
            filed[end : end + len(wanted)] = wanted
            end += len(wanted)
    return filed[:end]


def _several(filed: Codes) -> Codes:
    """Without the places that hold one article alone, as most do; sorted in place."""
    filed.sort()
    same = np.zeros(len(filed) + 1, bool)
    np.less_equal(filed[1:] ^ filed[:-1], _ROWS, out=same[1:-1])
    several: Codes = filed[same[1:] | same[:-1]]
    return several


def _asked(window: Window, rows: Ints) -> Bools:
    """The beginnings of the places where these articles are filed: few others begin so."""
    asked = np.zeros(1 << int(_SHORT_BITS), bool)
    for some in _steps(rows):
        for one in _keys(window, some):
            asked[one >> _SHORT] = True
    return asked


def _steps(rows: Ints) -> Iterator[Ints]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def _keys(window: Window, rows: Ints) -> Iterator[Codes]:
    """The keys of some articles: of the words that are rare, and of all two by two."""
    words, rare = _telling(window, rows)
    row = rows.astype(np.uint64)
    for word, alone in zip(words, rare, strict=True):
        yield _key(word + np.uint64(1 << 45), row)[alone & (word > 0)]
    for a, b in combinations(range(TELLING), 2):
        yield _key(words[a] << np.uint64(BITS) | words[b], row)[(words[a] > 0) & (words[a] != words[b])]


def _telling(window: Window, rows: Ints) -> tuple[Codes, Bools]:
    """The words that some articles are filed under, in the order of their numbers, and whether they are rare; a column
    an article."""
    top = np.argpartition(window.weight[rows], WIDTH - TELLING, axis=1)[:, WIDTH - TELLING :]
    words = np.take_along_axis(window.words[rows], top, axis=1) & np.uint32(PLACES - 1)
    order = np.argsort(words, axis=1)
    rare = np.take_along_axis(np.take_along_axis(window.rarity[rows], top, axis=1), order, axis=1) >= RARE * RARITY
    return np.take_along_axis(words, order, axis=1).T.astype(np.uint64), rare.T


def _key(place: Codes, row: Codes) -> Codes:
    """A place, spread over 40 bits, with the article that is filed there."""
    return place * _SPREAD >> _ROW << _ROW | row


def _met(filed: Codes, later: Ints, new: Bools, before: int) -> Codes:
    """Whom some articles meet: who was filed in the same place just before, one of both being new. Pairs, the later
    article first. `later`: where these are filed."""
    met = [np.zeros(0, np.uint64)]
    every = bool(new.all())
    for back in range(1, before + 1):
        later = later[later >= back]
        later = later[filed[later] ^ filed[later - back] <= _ROWS]
        one, other = filed[later] & _ROWS, filed[later - back] & _ROWS
        pair = one << _ROW | other
        met.append(pair if every else pair[new[one] | new[other]])
    return np.concatenate(met)


def _counted(met: Codes) -> tuple[Codes, Codes]:
    """Each pair once, and how often it is there, up to 255 times."""
    met.sort()
    first, times = runs(met)
    return met[first], np.minimum(times, 255).astype(np.uint64)


def _most_met(met: Codes, times: Codes) -> Codes:
    """For each article no more than `MOST` earlier ones: those that it met in most places."""
    ranked = met >> _ROW << np.uint64(32) | (np.uint64(255) - times) << _ROW | met & _ROWS
    ranked.sort()
    late = ranked >> np.uint64(32)
    rank = place_in_run(*runs(late))
    once = (ranked >> _ROW & np.uint64(255)) == np.uint64(254)
    kept = rank < np.where(once, ONCE, MOST)
    most: Codes = late[kept] << _ROW | ranked[kept] & _ROWS
    return most
