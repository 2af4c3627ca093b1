"""Features of pairs: numbers that indicate whether two articles tell the same story.

Words count by their rarity. Names, numbers and other words have features of their own: two affairs of one person share
the names, market reports of two days share the words, and neither shares both.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import PHRASES, RARITY_STEPS, WIDTH
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run, stable_argsort
from aggregator.grouping.pairs.arrays import BATCH, NAME, NUMBER, SUMMARY, TITLE, Bools, Window
from aggregator.grouping.pairs.novelty import LOWEST, STEPS, Novelty

PAIR_BATCH = 16384
"""Pairs that are processed together: intermediate arrays fit into the processor's cache."""
SHARED_BATCH = 2048
"""Pairs whose shared words are found together, for the same reason."""
MIN_COSINE = 0.10
"""Pairs with a lower cosine get no features."""
MIN_EXPLAINING_RARITY = 3.0
"""Rarity from which shared words are listed in explanations: words in one of twenty articles explain little."""
MIN_SUMMARY_WORDS = 6
"""A summary of fewer words counts as missing."""

FEATURES: dict[str, int] = {
    "cosine": 1,  # of the weights of all words, 0 to 1
    "cosine_long": 1,  # the same if both have a summary, else 0
    "titles": 1,  # cosine of the titles
    "contained": 1,  # share of a title's words in the other article, the larger of both
    "contained_both": 1,  # the smaller of both
    "contained_bare": 1,  # the same if one has no summary, else 0
    "rarest": 1,  # rarity of the rarest shared word
    "names_and_words": 1,  # geometric mean of the rarity of shared names and of other shared words
    "other_words": 1,  # rarity of shared words that are neither names nor numbers
    "title_words": 1,  # the same, of words in both titles
    "title_names": 1,  # rarity of names in both titles
    "words_contained": 1,  # share of a title's other words in the other article, the larger of both
    "names_contained": 1,  # share of a title's names in the other article, the smaller of both
    "novelty": 1,  # rarity of shared words, each times its novelty when the later article came
    "phrase_novelty": 1,  # novelty of the newest shared phrase
    "numbers": 1,  # rarity of shared numbers
    "numbers_apart": -1,  # numbers of the article with fewer of them that are not shared
    "own_names": -1,  # rarity of a title's names that the other article lacks, the smaller of both
    "own_names_most": -1,  # the larger of both
    "same_outlet_own_names": -1,  # own_names if the outlet is the same, else 0
    "same_outlet_unlike": -1,  # 1 - cosine if the outlet is the same, else 0
    "same_outlet_template": -1,  # excess of title cosine over summary cosine if the outlet is the same, else 0
    "hours": -1,  # between the articles
    "words_least": 0,  # words of the shorter and of the longer article, then of their summaries
    "words_most": 0,
    "summary_least": 0,
    "summary_most": 0,
}
"""The features. 1: higher values indicate one story; -1: different stories; 0: affects how others are weighted."""

FeatureMatrix = Floats
"""A row for each of `FEATURES`, a column per pair."""

_COLUMNS = np.arange(2 * WIDTH, dtype=np.uint32)


class ArticleSums(msgspec.Struct, frozen=True):
    """Sums over the words of each article: of rarity, of squared rarity (`_norm`, its root), and `numbers`, a count.

    `title_words`: of words that are neither names nor numbers.
    """

    title: Floats
    title_names: Floats
    title_words: Floats
    title_norm: Floats
    summary_norm: Floats
    numbers: Floats


def article_sums(window: Window) -> ArticleSums:
    """Compute the sums of each article that `pair_features` needs."""
    sums = ArticleSums(*(np.empty(len(window), np.float32) for _ in ArticleSums.__struct_fields__))
    for start in range(0, len(window), BATCH):
        batch = slice(start, start + BATCH)
        flags, rarity = window.flags[batch], window.rarity[batch] * np.float32(1 / RARITY_STEPS)
        title, name, number = flags & TITLE > 0, flags & NAME > 0, flags & NUMBER > 0
        sums.title[batch] = _sum_where(rarity, title)
        sums.title_names[batch] = _sum_where(rarity, title & name)
        sums.title_words[batch] = _sum_where(rarity, title & ~name & ~number)
        sums.title_norm[batch] = np.sqrt(_sum_where(rarity * rarity, title))
        sums.summary_norm[batch] = np.sqrt(_sum_where(rarity * rarity, flags & SUMMARY > 0))
        sums.numbers[batch] = number.sum(axis=1)
    return sums


def _sum_where(values: Floats, where: Bools) -> Floats:
    total: Floats = np.einsum("ij,ij->i", values, where.astype(np.float32))
    return total


def _find_shared_words(window: Window, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the words that pairs of rows share: the number of the pair, and flat indices into the arrays of the window
    (row * `WIDTH` + column), of the word in both articles.

    The words of both articles of a pair are sorted together. A sort key holds as much of the word's hash as fits (26
    bits, which makes collisions within a pair unlikely), then the article (1 bit) and the column (5 bits). Two keys
    that differ only in the lower bits are of one word.
    """
    keys = np.empty((len(a), 2 * WIDTH), np.uint32)
    keys[:, :WIDTH], keys[:, WIDTH:] = window.words[a], window.words[b]
    keys <<= np.uint32(6)
    np.bitwise_or(keys, _COLUMNS, out=keys, where=keys > 0)
    keys.sort(axis=1)
    flat = keys.ravel()
    difference = flat[1:] ^ flat[:-1]
    difference -= np.uint32(1)  # so that two absent words, both 0, differ most
    shared = difference < 2 * WIDTH - 1
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


def pair_features(window: Window, sums: ArticleSums, novelty: Novelty, a: Ints, b: Ints) -> tuple[Ints, FeatureMatrix]:
    """Return the indices of the pairs of rows that share enough words, and the features of these pairs.

    `novelty`: at least of the later articles (`b`).
    """
    batches = [slice(start, start + SHARED_BATCH) for start in range(0, max(len(a), 1), SHARED_BATCH)]
    parts = [_sum_shared(window, novelty, a[batch], b[batch]) for batch in batches]
    selected = np.concatenate([part.selected + batch.start for part, batch in zip(parts, batches, strict=True)])
    a, b, cosine = a[selected], b[selected], np.concatenate([part.cosine for part in parts])
    totals = _totals(np.concatenate([part.sums for part in parts], axis=1))
    features = {"cosine": cosine} | _text_features(window, sums, totals, a, b) | _word_features(sums, totals, a, b)
    features |= _outlet_features(window, a, b, features)
    features["novelty"] = totals["novelty"] / np.float32(STEPS)
    features["phrase_novelty"] = _newest_shared(window, novelty.phrases, a, b) / np.float32(STEPS)
    features["cosine_long"] = np.where(features["summary_least"] < MIN_SUMMARY_WORDS, 0, cosine)
    return selected, np.array([features[name] for name in FEATURES], np.float32)


def _kinds_of_shared() -> dict[str, Bools]:
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


_KINDS = _kinds_of_shared()
_SUMMED = list(_KINDS)[:11]
"""The kinds of which the rarity is summed; of the others its square."""
_SUM_BITS, _NOVELTY_SHIFT = 14, 42
_SQUARE_BITS, _COUNT_SHIFT = 22, 44
"""Sums are packed into 64-bit numbers: of up to 63 words, each of a rarity below 256, they are below these limits."""
_PACKED = [
    sum(_KINDS[kind].astype(np.int64) << _SUM_BITS * n for n, kind in enumerate(_SUMMED[first : first + 4]))
    for first in (0, 4, 8)
]
_PACKED_SQUARES = _KINDS["titles"].astype(np.int64) | _KINDS["summaries"].astype(np.int64) << _SQUARE_BITS
_PACKED_COUNT = _KINDS["numbers"].astype(np.int64) << _COUNT_SHIFT


class _SharedSums(NamedTuple):
    """Of the pairs that share enough words: their indices, the cosine, and packed sums over the shared words."""

    selected: Ints
    cosine: Floats
    sums: Ints


def _sum_shared(window: Window, novelty: Novelty, a: Ints, b: Ints) -> _SharedSums:
    """Select the pairs of rows that share enough words, and sum over these words; see `_totals`."""
    pair, index_a, index_b = _find_shared_words(window, a, b)
    weight = window.weights.take(index_a) * window.weights.take(index_b)
    cosine = np.bincount(pair, weight, minlength=len(a)).astype(np.float32)
    similar = cosine >= MIN_COSINE
    selected = np.flatnonzero(similar)
    if not len(selected):
        return _SharedSums(selected, cosine[selected], np.zeros((len(_PACKED) + 2, 0), np.int64))
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
    return _SharedSums(selected, cosine[selected], np.array([*sums, np.maximum.reduceat(rarity, starts)]))


def _totals(sums: Ints) -> dict[str, Floats]:
    """Unpack the sums over the shared words of each pair: of rarity or its square by kind (see `_KINDS`), and of rarity
    times novelty; also the rarity of the rarest one, and how many are numbers."""

    def unpack(row: int, shift: int, bits: int) -> Floats:
        return (sums[row] >> shift & (1 << bits) - 1).astype(np.float32)

    step = np.float32(1 / RARITY_STEPS)
    totals = {kind: unpack(n // 4, n % 4 * _SUM_BITS, _SUM_BITS) * step for n, kind in enumerate(_SUMMED)}
    totals["titles"] = unpack(-2, 0, _SQUARE_BITS) * (step * step)
    totals["summaries"] = unpack(-2, _SQUARE_BITS, _SQUARE_BITS) * (step * step)
    totals["novelty"] = unpack(-3, _NOVELTY_SHIFT, 63 - _NOVELTY_SHIFT) * step
    totals["number_count"] = unpack(-2, _COUNT_SHIFT, 6)
    totals["rarest"] = sums[-1].astype(np.float32) * step
    return totals


def _text_features(window: Window, sums: ArticleSums, totals: dict[str, Floats], a: Ints, b: Ints) -> dict[str, Floats]:
    """Compute how similar the titles and summaries are, and how long."""
    contained = (
        totals["in_title_a"] / _nonzero(sums.title[a]),
        totals["in_title_b"] / _nonzero(sums.title[b]),
    )
    summary_counts, word_counts = window.summary_counts, window.word_counts
    shorter_summary = np.minimum(summary_counts[a], summary_counts[b])
    contained_both = np.minimum(*contained)
    return {
        "titles": totals["titles"] / _nonzero(sums.title_norm[a] * sums.title_norm[b]),
        "summaries": totals["summaries"] / _nonzero(sums.summary_norm[a] * sums.summary_norm[b]),
        "contained": np.maximum(*contained),
        "contained_both": contained_both,
        "contained_bare": np.where(shorter_summary < MIN_SUMMARY_WORDS, contained_both, 0),
        "words_least": np.minimum(word_counts[a], word_counts[b]),
        "words_most": np.maximum(word_counts[a], word_counts[b]),
        "summary_least": shorter_summary,
        "summary_most": np.maximum(summary_counts[a], summary_counts[b]),
    }


def _word_features(sums: ArticleSums, totals: dict[str, Floats], a: Ints, b: Ints) -> dict[str, Floats]:
    """Compute which names, numbers and other words the articles share, and which they do not."""
    title_names_a, title_names_b = sums.title_names[a], sums.title_names[b]
    own_names = title_names_a - totals["title_names_a"], title_names_b - totals["title_names_b"]
    return {
        "rarest": totals["rarest"],
        "names_and_words": np.sqrt(totals["names"] * totals["words"]),
        "other_words": totals["words"],
        "title_words": totals["both_title_words"],
        "title_names": totals["both_title_names"],
        "words_contained": np.maximum(
            totals["title_words_a"] / _nonzero(sums.title_words[a]),
            totals["title_words_b"] / _nonzero(sums.title_words[b]),
        ),
        "names_contained": np.minimum(
            _share(totals["title_names_a"], title_names_a), _share(totals["title_names_b"], title_names_b)
        ),
        "numbers": totals["numbers"],
        "numbers_apart": np.minimum(sums.numbers[a], sums.numbers[b]) - totals["number_count"],
        "own_names": np.minimum(*own_names),
        "own_names_most": np.maximum(*own_names),
    }


def _outlet_features(window: Window, a: Ints, b: Ints, features: dict[str, Floats]) -> dict[str, Floats]:
    """Compute indicators of a series or a template of one outlet, and the time between the articles."""
    same = window.outlets[a] == window.outlets[b]
    return {
        "same_outlet_own_names": same * features["own_names"],
        "same_outlet_unlike": same * (1 - features["cosine"]),
        "same_outlet_template": same * np.maximum(features["titles"] - features["summaries"], 0),
        "hours": np.abs(window.times[b] - window.times[a]) / np.float32(3600),
    }


def _newest_shared(window: Window, novelty: npt.NDArray[np.int8], a: Ints, b: Ints) -> npt.NDArray[np.int8]:
    """Return the novelty of the newest phrase that each pair shares, in steps; the lowest without one.

    `novelty`: of the phrases of the window.
    """
    newest = np.full(len(b), LOWEST * STEPS, np.int8)
    phrases = np.empty((len(b), 2 * PHRASES), np.uint32)
    phrases[:, :PHRASES], phrases[:, PHRASES:] = window.phrases[a], window.phrases[b]
    phrases.sort(axis=1)  # an article has each phrase once
    flat = phrases.ravel()
    shared = (flat[1:] == flat[:-1]) & (flat[1:] > 0)
    shared[2 * PHRASES - 1 :: 2 * PHRASES] = False  # the last phrase of a pair and the first one of the next
    index = np.flatnonzero(shared)
    if len(index):
        pair = index // (2 * PHRASES)
        late = b[pair]
        column = (window.phrases[late] == flat[index][:, None]).argmax(axis=1)
        starts, _ = find_runs(pair)
        newest[pair[starts]] = np.maximum.reduceat(novelty[late, column], starts)
    return newest


def _share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole; 0.5 where the whole is 0, which is neutral."""
    return np.where(whole > 0, part / _nonzero(whole), np.float32(0.5))


def _nonzero(values: Floats) -> Floats:
    """Return the values, raised to a minimum that is safe to divide by."""
    return np.maximum(values, np.float32(1e-6))


def rarest_shared_words(window: Window, a: Ints, b: Ints, limit: int) -> list[list[int]]:
    """Return the hashes of the rarest shared words of each pair of rows, the rarest first."""
    pair, index_a, index_b = _find_shared_words(window, a, b)
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
