"""The words that pairs of articles share, and sums over them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aggregator.grouping.features.records import RARITY_STEPS, WIDTH
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run, stable_argsort
from aggregator.grouping.pairs.arrays import NAME, NUMBER, SUMMARY, TITLE, Bools, Window
from aggregator.grouping.pairs.novelty import Novelty

MIN_COSINE = 0.10
"""Pairs with a lower cosine get no features."""
MIN_EXPLAINING_RARITY = 3.0
"""Rarity from which shared words are listed in explanations: words in one of twenty articles explain little."""

_COLUMNS = np.arange(2 * WIDTH, dtype=np.uint32)


def find_shared_words(window: Window, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the words that pairs of rows share: the number of the pair, and flat indices into the arrays of the window
    (row * `WIDTH` + column), of the word in both articles.

    The words of both articles of a pair are sorted together. A sort key holds as much of the word's hash as fits (26
    bits, which makes collisions within a pair unlikely), then the article (1 bit) and the column (5 bits). Two keys
    that differ only in the lower bits are of one word; of an absent word, the upper bits are 0.
    """
    keys = window.words.take(np.stack((a, b), axis=1), axis=0).reshape(len(a), 2 * WIDTH)
    keys <<= np.uint32(6)
    keys |= _COLUMNS
    keys.sort(axis=1)
    flat = keys.ravel()
    shared = flat[1:] ^ flat[:-1] < 2 * WIDTH
    shared &= flat[1:] >= 2 * WIDTH
    shared[2 * WIDTH - 1 :: 2 * WIDTH] = False  # the last word of a pair and the first one of the next
    index = np.flatnonzero(shared)
    pair = index // (2 * WIDTH)
    column = np.uint32(WIDTH - 1)
    index_a = (a * WIDTH)[pair]
    index_a += flat.take(index) & column
    index += 1
    index_b = (b * WIDTH)[pair]
    index_b += flat.take(index) & column
    return pair, index_a, index_b


def _kinds_of_words() -> dict[str, Bools]:
    """Return which shared words are summed for what, by the flags of both articles (`b`: the upper four bits)."""
    flags = np.arange(256, dtype=np.uint8)
    (title_a, name_a, number), (title_b, name_b, _) = (
        [side & flag > 0 for flag in (TITLE, NAME, NUMBER)] for side in (flags, flags >> 4)
    )
    name, word = name_a | name_b, ~(name_a | name_b | number)
    return {
        "in_title_a": title_a,
        "in_title_b": title_b,
        "names": name,
        "words": word,
        "title_names_a": title_a & name_a,
        "title_names_b": title_b & name_b,
        "title_words_a": title_a & ~name_a & ~number,
        "title_words_b": title_b & ~name_b & ~number,
        "both_title_words": word & title_a & title_b,
        "both_title_names": name & title_a & title_b,
        "numbers": number,
        "titles": title_a & title_b,
        "summaries": flags & flags >> 4 & SUMMARY > 0,
    }


_KINDS = _kinds_of_words()
_SUMMED = list(_KINDS)[:11]
"""The kinds of which the rarity is summed; of the others its square."""
_SUM_BITS, _NOVELTY_SHIFT = 14, 42
_SQUARE_BITS, _COUNT_SHIFT = 22, 44
"""Sums are packed into 64-bit numbers: of up to 63 words, each of a rarity below 256, they are below these limits."""
_PACKED = [
    np.bitwise_or.reduce([_KINDS[kind].astype(np.int64) << _SUM_BITS * n for n, kind in enumerate(kinds)])
    for kinds in (_SUMMED[:4], _SUMMED[4:8], _SUMMED[8:])
]
_PACKED_SQUARES = _KINDS["titles"].astype(np.int64) | _KINDS["summaries"].astype(np.int64) << _SQUARE_BITS
_PACKED_COUNT = _KINDS["numbers"].astype(np.int64) << _COUNT_SHIFT


class SharedSums(NamedTuple):
    """Of the pairs that share enough words: their indices, the cosine, and packed sums over the shared words."""

    selected: Ints
    cosine: Floats
    sums: Ints


def sum_shared(window: Window, novelty: Novelty, a: Ints, b: Ints) -> SharedSums:
    """Select the pairs of rows that share enough words, and sum over these words; see `unpack_sums`."""
    pair, index_a, index_b = find_shared_words(window, a, b)
    weight = window.weights.take(index_a) * window.weights.take(index_b)
    cosine = np.bincount(pair, weight, minlength=len(a)).astype(np.float32)
    similar = cosine >= MIN_COSINE
    selected = np.flatnonzero(similar)
    if not len(selected):
        return SharedSums(selected, cosine[selected], np.zeros((len(_PACKED) + 2, 0), np.int64))
    words = similar[pair]
    index_a, index_b = index_a[words], index_b[words]
    starts, _ = find_runs(pair[words])
    flags = (window.flags.take(index_b) << 4 | window.flags.take(index_a)).astype(np.intp)
    rarity = np.minimum(window.rarity.take(index_a), window.rarity.take(index_b)).astype(np.int64)
    newness = np.maximum(novelty.words.take(index_b), 0) * rarity << _NOVELTY_SHIFT
    packed = [kinds.take(flags) * rarity for kinds in _PACKED]
    packed[-1] |= newness
    squares = _PACKED_SQUARES.take(flags) * (rarity * rarity) | _PACKED_COUNT.take(flags)
    sums = [np.add.reduceat(values, starts) for values in (*packed, squares)]
    return SharedSums(selected, cosine[selected], np.array([*sums, np.maximum.reduceat(rarity, starts)]))


def unpack_sums(sums: Ints) -> dict[str, Floats]:
    """Unpack the sums over the shared words of each pair: of rarity or its square by kind (see `_KINDS`), and of rarity
    times novelty; also the rarity of the rarest one, and how many are numbers."""

    def unpack(row: int, shift: int, bits: int) -> Floats:
        values: Floats = (sums[row] >> shift & (1 << bits) - 1).astype(np.float32)
        return values

    step = np.float32(1 / RARITY_STEPS)
    totals = {kind: unpack(n // 4, n % 4 * _SUM_BITS, _SUM_BITS) * step for n, kind in enumerate(_SUMMED)}
    totals["titles"] = unpack(-2, 0, _SQUARE_BITS) * (step * step)
    totals["summaries"] = unpack(-2, _SQUARE_BITS, _SQUARE_BITS) * (step * step)
    totals["novelty"] = unpack(-3, _NOVELTY_SHIFT, 63 - _NOVELTY_SHIFT) * step
    totals["number_count"] = unpack(-2, _COUNT_SHIFT, 6)
    totals["rarest"] = sums[-1].astype(np.float32) * step
    return totals


def rarest_shared_words(window: Window, a: Ints, b: Ints, limit: int) -> list[list[int]]:
    """Return the hashes of the rarest shared words of each pair of rows, the rarest first."""
    pair, index_a, index_b = find_shared_words(window, a, b)
    rarity = np.minimum(window.rarity.take(index_a), window.rarity.take(index_b))
    order = stable_argsort(pair << 8 | 255 - rarity)
    order = order[rarity[order] >= MIN_EXPLAINING_RARITY * RARITY_STEPS]
    pair = pair[order]
    selected = rank_in_run(*find_runs(pair)) < limit
    hashes = window.words.take(index_a[order[selected]]).tolist()
    words_by_pair: list[list[int]] = [[] for _ in a]
    for number, word in zip(pair[selected].tolist(), hashes, strict=True):
        words_by_pair[number].append(word)
    return words_by_pair
