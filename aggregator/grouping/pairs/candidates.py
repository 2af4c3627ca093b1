"""Candidate pairs: articles that share two distinctive words or one very rare word, and possible copies.

Each article is put into a bucket for every pair of its most distinctive words and for every rare word, and is paired
with the articles just before it in each bucket. The time is n log n, however common a word is in the news.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import SLOT_BITS, SLOTS
from aggregator.grouping.features.records import RARITY_STEPS, WIDTH, Records
from aggregator.grouping.features.run_length import Ints, find_runs, rank_in_run
from aggregator.grouping.pairs.arrays import BATCH, Bools, Window

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
Rows = npt.NDArray[np.uint32]

_ROW_BITS = np.uint64(24)
_ROW_MASK = np.uint64((1 << 24) - 1)
_PAIRED_BITS = 10
"""The pairs of so many later articles (1,024) are counted together, for the same reason; fewer if the rows need more
than 22 bits."""
_PREFIX_BITS, _PREFIX_SHIFT = np.uint64(24), np.uint64(40)
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def candidate_pairs(window: Window, new: Bools, span: float) -> tuple[Ints, Ints]:
    """Return the rows of the earlier and the later article of each pair that contains a new article.

    `new`: which articles are new; `span`: the maximum distance in seconds.
    """
    entries = _bucket_entries(window, new)
    rank = _count_before(entries)
    rows = entries.astype(np.uint32)  # its lower bits
    rows &= np.uint32(_ROW_MASK)
    del entries
    if not new.all():
        _count_near_new(rank, rows, new)
    row_bits = max(len(window).bit_length(), 32 - _PAIRED_BITS)
    first_near = np.searchsorted(window.times, window.times - span).astype(np.uint32)
    pairs = [np.zeros((2, 0), np.int64)]
    for start, later in _by_later_row(rows, rank, 1 << 32 - row_bits):
        late, early = _pair_neighbours(rows, rank, later, NEIGHBOURS)
        code = (late - np.uint32(start)) << np.uint32(row_bits) | early
        if not new.all():
            code = code[new[late] | new[early]]
        pairs.append(_most_shared(code, start, row_bits, first_near[start : start + (1 << 32 - row_bits)]))
    early_rows, late_rows = np.concatenate(pairs, axis=1)
    return early_rows, late_rows


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
    rows = (entries & _ROW_MASK).astype(np.uint32)
    rank = _count_before(entries)
    starts = np.flatnonzero(rank == 0)
    lengths = np.diff(starts, append=len(rows))
    by_rank = np.argsort(NEIGHBOURS - rank, kind="stable")
    late, early = _pair_neighbours(rows, rank, by_rank, COPY_NEIGHBOURS)
    late, early = np.append(late, rows), np.append(early, np.repeat(rows[starts], lengths))
    pairs = np.sort(late.astype(np.uint64) << _ROW_BITS | early)
    pairs = pairs[find_runs(pairs)[0]]
    early, late = (pairs & _ROW_MASK).astype(np.uint32), (pairs >> _ROW_BITS).astype(np.uint32)
    wanted = (early != late) & (new[early] | new[late])
    return early[wanted].tolist(), late[wanted].tolist()


def _bucket_entries(window: Window, new: Bools) -> Codes:
    """Return the sorted entries of buckets that contain several articles, and may contain a new one."""
    prefixes = None if new.all() else _bucket_prefixes(window, np.flatnonzero(new))
    entries, end = np.empty(len(window) * BUCKETS, np.uint64), 0  # pages that are not written to take no memory
    for rows in _batches(np.arange(len(window))):
        for batch in _entries_of(window, rows):
            wanted = batch if prefixes is None else batch[prefixes[batch >> _PREFIX_SHIFT]]
            entries[end : end + len(wanted)] = wanted
            end += len(wanted)
    return _shared(entries[:end])


def _shared(entries: Codes) -> Codes:
    """Sort entries, and drop buckets that contain one article only, as most do. Both in place, to save memory."""
    entries.sort()
    shared, end = _same_bucket(entries), 0
    shared[:-1] |= shared[1:]
    for start in range(0, len(entries), COMPARED_BATCH):
        kept = entries[start : start + COMPARED_BATCH][shared[start : start + COMPARED_BATCH]]
        entries[end : end + len(kept)] = kept
        end += len(kept)
    return entries[:end]


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
    yield _entry(words + np.uint64(1 << 45), row)[rare & (words > 0)]
    for column in range(KEY_WORDS - 1):
        word, others = words[column], words[column + 1 :]
        buckets = word << np.uint64(SLOT_BITS) | others
        yield _entry(buckets, row)[(word > 0) & (word != others)]


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


def _count_before(entries: Codes) -> npt.NDArray[np.uint8]:
    """Return for each sorted entry how many before it are in its bucket; up to `NEIGHBOURS`."""
    same = _same_bucket(entries)
    in_bucket, count = same.copy(), same.astype(np.uint8)
    for back in range(1, NEIGHBOURS):
        in_bucket[back:] &= same[:-back]
        count += in_bucket
    return count


def _count_near_new(rank: npt.NDArray[np.uint8], rows: Rows, new: Bools) -> None:
    """Set the rank of entries to 0 that neither are of a new article nor have one among those before them."""
    latest = -NEIGHBOURS - 1  # the index of the latest entry of a new article
    for start in range(0, len(rows), COMPARED_BATCH):
        batch = slice(start, start + COMPARED_BATCH)
        index = np.arange(start, start + len(rows[batch]))
        before = np.maximum.accumulate(np.where(new[rows[batch]], index, latest))
        rank[batch][index - before > rank[batch]] = 0
        latest = before[-1]


def _same_bucket(entries: Codes) -> Bools:
    """Return which sorted entries are in the bucket of the one before."""
    same = np.zeros(len(entries), bool)
    for start in range(1, len(entries), COMPARED_BATCH):
        end = min(start + COMPARED_BATCH, len(entries))
        np.less_equal(entries[start:end] ^ entries[start - 1 : end - 1], _ROW_MASK, out=same[start:end])
    return same


def _by_later_row(rows: Rows, rank: npt.NDArray[np.uint8], size: int) -> Iterator[tuple[int, Ints]]:
    """Yield the entries that have others before them in batches of `size` rows: the first row, and their indices.

    In a batch, the entries with most before them come first.
    """
    later = np.flatnonzero(rank).astype(np.uint32)
    key = rows[later]
    key //= np.uint32(size)
    batches = int(key.max(initial=0)) + 1
    key <<= np.uint32(4)
    key |= NEIGHBOURS - rank[later]
    by_batch = key.astype(np.uint64)  # each number contains the index of its entry
    del key
    by_batch <<= np.uint64(32)
    by_batch |= later
    del later
    by_batch.sort()
    starts = np.arange(batches + 1, dtype=np.uint64) << np.uint64(36)
    for number, (start, end) in enumerate(pairwise(np.searchsorted(by_batch, starts).tolist())):
        if start < end:
            yield number * size, (by_batch[start:end] & np.uint64((1 << 32) - 1)).astype(np.int64)


def _pair_neighbours(rows: Rows, rank: npt.NDArray[np.uint8], later: Ints, neighbours: int) -> tuple[Rows, Rows]:
    """Pair entries with those just before them in their bucket; return the rows of the later and the earlier articles.

    `rank`: see `_count_before`; `later`: indices of the later entries, those with the highest rank first. Pairs can
    occur several times.
    """
    at_least = np.cumsum(np.bincount(rank[later], minlength=NEIGHBOURS + 1)[::-1])[::-1].tolist()
    sizes = at_least[1 : neighbours + 1]
    late, early = np.empty(sum(sizes), np.uint32), np.empty(sum(sizes), np.uint32)
    late_row, start = rows[later], 0
    for back, size in enumerate(sizes, 1):
        late[start : start + size] = late_row[:size]
        np.take(rows, later[:size] - back, out=early[start : start + size], mode="clip")
        start += size
    return late, early


def _most_shared(codes: Rows, start: int, row_bits: int, first_near: Rows) -> Ints:
    """Return the pairs to compare: for each later article, up to `MAX_COMPARED` earlier ones that occur most often.

    A code holds the number of the later article, counted from row `start`, above the row of the earlier one. A pair has
    as many codes as buckets. `first_near`: of these later articles, the first row that is close enough in time. The
    result has a row for the earlier articles and one for the later ones.
    """
    codes.sort()
    shift, number = np.uint32(row_bits), np.arange(len(first_near), dtype=np.uint32)
    first, end = number << shift | first_near, number << shift | (number + np.uint32(start))
    repeated = codes[1:] == codes[:-1]
    pairs = codes[1:][repeated]  # those that share several buckets, each once less often than it occurs
    starts, times = find_runs(pairs)
    pairs = pairs[starts]
    near = (pairs >= first[pairs >> shift]) & (pairs < end[pairs >> shift])
    pairs, times = pairs[near], times[near]
    closer = np.bincount(pairs >> shift, minlength=len(number))
    # Sort keys hold, from the highest bit: the later article, 255 - the number of buckets (8 bits), the earlier one.
    late, early = (pairs >> shift).astype(np.uint64), pairs & np.uint32((1 << row_bits) - 1)
    ranked = late << np.uint64(32) | (254 - np.minimum(times, 254)).astype(np.uint64) << _ROW_BITS | early
    ranked.sort()
    ranked = ranked[rank_in_run(*find_runs(ranked >> np.uint64(32))) < MAX_COMPARED]
    single = _first_single(codes, repeated, np.searchsorted(codes, first), np.searchsorted(codes, end), closer)
    late, early = (single >> shift).astype(np.uint64), single & np.uint32((1 << row_bits) - 1)
    ranked = np.concatenate((ranked, late << np.uint64(32) | np.uint64(254 << 24) | early))
    ranked.sort()
    early, late = (ranked & _ROW_MASK).astype(np.int64), (ranked >> np.uint64(32)).astype(np.int64)
    return np.stack((early, late + start))


def _first_single(codes: Rows, repeated: Bools, first: Ints, end: Ints, closer: Ints) -> Rows:
    """Return codes that occur once: the first ones of each later article, as most occur once and few are wanted.

    `repeated`: which codes, from the second on, are the same as the one before; `first`, `end`: of the codes of each
    later article; `closer`: how many earlier articles it shares more with.
    """
    once = np.ones(len(codes), bool)
    once[1:] &= ~repeated
    once[:-1] &= ~repeated
    single = np.flatnonzero(once)
    first, end = np.searchsorted(single, first), np.searchsorted(single, end)
    wanted = np.clip(MAX_COMPARED_ONE_BUCKET - closer, 0, end - first)
    selected = np.repeat(first, wanted) + rank_in_run(np.cumsum(wanted) - wanted, wanted)
    found: Rows = codes[single[selected]]
    return found
