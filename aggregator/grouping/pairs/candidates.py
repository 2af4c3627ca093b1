"""Candidate pairs: articles that share two distinctive words or one very rare word, and possible copies.

Each article is put into a bucket for every pair of its most distinctive words and for every rare word, and is paired
with the articles just before it in each bucket. The time is n log n, however common a word is in the news.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import SLOT_BITS, SLOTS
from aggregator.grouping.features.records import RARITY_STEPS, WIDTH, Records
from aggregator.grouping.features.run_length import Ints, find_runs, rank_in_run
from aggregator.grouping.pairs.arrays import BATCH, Bools, Window

MAX_ENTRIES = 1 << 23
"""Bucket entries that are sorted together, which limits memory."""
COMPARED_BATCH = 1 << 16
"""Entries that are compared with their neighbours together: intermediate arrays fit into the processor's cache."""
KEY_WORDS = 12
"""Most distinctive words of an article, each pair of which is a bucket."""
BUCKETS = KEY_WORDS + KEY_WORDS * (KEY_WORDS - 1) // 2
"""Buckets of an article at most."""
RARE_WORD = 2.5
"""Rarity from which a word alone is a bucket."""
NEIGHBOURS = 12
"""Articles of a bucket that an article is paired with: those just before it."""
COPY_NEIGHBOURS = 3
"""The same for possible copies."""
MAX_COMPARED = 24
"""Earlier articles that an article is compared with at most: those with which it shares most buckets."""
MAX_COMPARED_ONE_BUCKET = 8
"""From this rank on, articles that share only one bucket are not compared."""

Codes = npt.NDArray[np.uint64]
"""Bucket entries and pairs: a bucket, or the row of the later article, above the lower 24 bits; these hold the row of
an article, in a pair the earlier one."""

_ROW_BITS = np.uint64(24)
_ROW_MASK = np.uint64((1 << 24) - 1)
_PAIRED_BITS = np.uint64(10)
"""The pairs of so many articles (1,024) are collected together, for the same reason."""
_PREFIX_BITS, _PREFIX_SHIFT = np.uint64(22), np.uint64(42)
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def candidate_pairs(window: Window, new: Bools, span: float) -> tuple[Ints, Ints]:
    """Return the rows of the earlier and the later article of each pair that contains a new article.

    `new`: which articles are new; `span`: the maximum distance in seconds.
    """
    entries = _bucket_entries(window, new)
    before = _count_before(*find_runs(entries >> _ROW_BITS))
    batch = ((entries & _ROW_MASK) >> _PAIRED_BITS).astype(np.uint16)
    by_batch = np.argsort(batch, kind="stable")
    batches = []
    for later in np.split(by_batch, np.cumsum(np.bincount(batch))[:-1]):
        pair, times = _count_pairs(_pair_neighbours(entries, before, later, new, NEIGHBOURS))
        early, late = _rows(pair)
        in_span = (early != late) & (window.times[late] - window.times[early] <= span)
        batches.append(_most_shared(pair[in_span], times[in_span]))
    return _rows(np.concatenate(batches)) if batches else _rows(np.zeros(0, np.uint64))


def possible_copies(records: Records, positions: Ints, new: Bools) -> tuple[list[int], list[int]]:
    """Return the earlier and the later article of each pair with the same URL, title or MinHash key.

    `positions`: of the records to compare, by time; `new`: which of these are new. The result holds indices into
    `positions`. Each article is paired with the first article of its bucket and with those just before it.
    """
    if not new.any():
        return [], []
    keys_by_kind = [
        records["url_key"][positions],
        records["title_key"][positions],
        *records["bands"][positions].T,
    ]
    row = np.arange(len(positions), dtype=np.uint64)
    all_new = bool(new.all())
    shared_by_kind = [(keys > 0) & (all_new or np.isin(keys, keys[new])) for keys in keys_by_kind]
    parts = [
        _entry(keys[shared].astype(np.uint64) | np.uint64(kind << 32), row[shared])
        for kind, (keys, shared) in enumerate(zip(keys_by_kind, shared_by_kind, strict=True))
    ]
    entries = np.sort(np.concatenate(parts))
    starts, lengths = find_runs(entries >> _ROW_BITS)
    first_row = np.repeat(entries[starts] & _ROW_MASK, lengths)
    pairs = _pair_neighbours(entries, _count_before(starts, lengths), np.arange(len(entries)), new, COPY_NEIGHBOURS)
    pairs, _ = _count_pairs(np.append(pairs, (entries & _ROW_MASK) << _ROW_BITS | first_row))
    early, late = _rows(pairs)
    wanted = (early != late) & (new[early] | new[late])
    return early[wanted].tolist(), late[wanted].tolist()


def _rows(pairs: Codes) -> tuple[Ints, Ints]:
    """Return the rows of the earlier and the later article of pairs."""
    return (pairs & _ROW_MASK).astype(np.int64), (pairs >> _ROW_BITS).astype(np.int64)


def _bucket_entries(window: Window, new: Bools) -> Codes:
    """Return the sorted entries of buckets that contain several articles, and may contain a new one."""
    prefixes = None if new.all() else _bucket_prefixes(window, np.flatnonzero(new))
    parts = np.uint64(1 + len(window) * BUCKETS // MAX_ENTRIES)
    return np.concatenate([_shared(_part_of_entries(window, prefixes, part, parts)) for part in range(int(parts))])


def _part_of_entries(window: Window, prefixes: Bools | None, part: int, parts: np.uint64) -> Codes:
    """Return the entries of one of several parts of the buckets. `prefixes`: those of the wanted buckets."""
    entries, end = np.empty(len(window) * BUCKETS, np.uint64), 0  # pages that are not written to take no memory
    for rows in _batches(np.arange(len(window))):
        for batch in _entries_of(window, rows):
            wanted = batch if prefixes is None else batch[prefixes[batch >> _PREFIX_SHIFT]]
            wanted = wanted if parts == 1 else wanted[(wanted >> _PREFIX_SHIFT) * parts >> _PREFIX_BITS == part]
            entries[end : end + len(wanted)] = wanted
            end += len(wanted)
    return entries[:end]


def _shared(entries: Codes) -> Codes:
    """Sort entries in place, and drop buckets that contain one article only, as most do."""
    entries.sort()
    same = np.zeros(len(entries) + 1, bool)  # as the entry before
    for start in range(1, len(entries), COMPARED_BATCH):
        end = min(start + COMPARED_BATCH, len(entries))
        np.less_equal(entries[start:end] ^ entries[start - 1 : end - 1], _ROW_MASK, out=same[start:end])
    shared: Codes = entries[same[1:] | same[:-1]]
    return shared


def _bucket_prefixes(window: Window, rows: Ints) -> Bools:
    """Return, by prefix, whether one of these articles has such a bucket; few other buckets have the same prefix."""
    prefixes = np.zeros(1 << int(_PREFIX_BITS), bool)
    for batch in _batches(rows):
        for entries in _entries_of(window, batch):
            prefixes[entries >> _PREFIX_SHIFT] = True
    return prefixes


def _batches(rows: Ints) -> Iterator[Ints]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _entries_of(window: Window, rows: Ints) -> Iterator[Codes]:
    """Yield the entries of some articles: for their rare words, and for all pairs of their key words."""
    words, rare = _key_words(window, rows)
    row = rows.astype(np.uint64)
    for word, is_rare in zip(words, rare, strict=True):
        yield _entry(word + np.uint64(1 << 45), row)[is_rare & (word > 0)]
    for a, b in combinations(range(KEY_WORDS), 2):
        bucket = words[a] << np.uint64(SLOT_BITS) | words[b]
        yield _entry(bucket, row)[(words[a] > 0) & (words[a] != words[b])]


def _key_words(window: Window, rows: Ints) -> tuple[Codes, Bools]:
    """Return the key words of articles, in order of their hashes, and whether each is rare; a column per article."""
    top = np.argpartition(window.weights[rows], WIDTH - KEY_WORDS, axis=1)[:, WIDTH - KEY_WORDS :]
    words = np.take_along_axis(window.words[rows], top, axis=1) & np.uint32(SLOTS - 1)
    order = np.argsort(words, axis=1)
    rarity = np.take_along_axis(np.take_along_axis(window.rarity[rows], top, axis=1), order, axis=1)
    rare = rarity >= RARE_WORD * RARITY_STEPS
    return np.take_along_axis(words, order, axis=1).T.astype(np.uint64), rare.T


def _entry(bucket: Codes, row: Codes) -> Codes:
    """Return the entry of an article in a bucket, whose number is hashed to 40 bits."""
    return bucket * _HASH_FACTOR >> _ROW_BITS << _ROW_BITS | row


def _count_before(starts: Ints, lengths: Ints) -> npt.NDArray[np.uint8]:
    """Return for each sorted entry how many before it are in its bucket, a run of entries; up to `NEIGHBOURS`."""
    return np.minimum(rank_in_run(starts, lengths), NEIGHBOURS).astype(np.uint8)


def _pair_neighbours(entries: Codes, before: npt.NDArray[np.uint8], later: Ints, new: Bools, neighbours: int) -> Codes:
    """Pair articles with those just before them in the same bucket, if one of both is new.

    `before`: see `_count_before`; `later`: indices of the entries of the later articles. Pairs can occur several times.
    """
    batches = []
    all_new = bool(new.all())
    late = (entries[later] & _ROW_MASK) << _ROW_BITS
    count = before[later]
    for back in range(1, neighbours + 1):
        has = count >= back
        later, late, count = later[has], late[has], count[has]
        pairs = late | entries[later - back] & _ROW_MASK
        batches.append(pairs if all_new else pairs[new[pairs >> _ROW_BITS] | new[pairs & _ROW_MASK]])
    return np.concatenate(batches)


def _count_pairs(pairs: Codes) -> tuple[Codes, Codes]:
    """Return each pair once, and how often it occurs, up to 255 times."""
    pairs.sort()
    starts, times = find_runs(pairs)
    return pairs[starts], np.minimum(times, 255).astype(np.uint64)


def _most_shared(pairs: Codes, times: Codes) -> Codes:
    """Keep up to `MAX_COMPARED` earlier articles for each article: those that occur most often with it.

    Sort keys hold, from the highest bit: the later article, 255 - times (8 bits), the earlier article (24).
    """
    ranked = pairs >> _ROW_BITS << np.uint64(32) | (np.uint64(255) - times) << _ROW_BITS | pairs & _ROW_MASK
    ranked.sort()
    late = ranked >> np.uint64(32)
    rank = rank_in_run(*find_runs(late))
    once = (ranked >> _ROW_BITS & np.uint64(255)) == np.uint64(254)
    selected = rank < np.where(once, MAX_COMPARED_ONE_BUCKET, MAX_COMPARED)
    most: Codes = late[selected] << _ROW_BITS | ranked[selected] & _ROW_MASK
    return most
