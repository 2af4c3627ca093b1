"""Features of pairs: numbers that indicate whether two articles tell the same story.

Words count by their rarity. Names, numbers and other words have features of their own: two affairs of one person share
the names, market reports of two days share the words, and neither shares both.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import RARITY_STEPS, WIDTH
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run
from aggregator.grouping.pairs.arrays import BATCH, NAME, NUMBER, SUMMARY, TITLE, Bools, Window
from aggregator.grouping.pairs.novelty import LOWEST, STEPS, Novelty

PAIR_BATCH = 16384
"""Pairs that are processed together: intermediate arrays fit into the processor's cache."""
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


class _SharedWords(msgspec.Struct, frozen=True):
    """The words that pairs share, for all pairs one after the other.

    `pair`: the index of the pair; `a`, `b`: flat indices into the arrays of the window (row * `WIDTH` + column);
    `flags_a`, `flags_b`: of the word in both articles; `pairs`: the number of pairs.
    """

    pair: Ints
    a: Ints
    b: Ints
    flags_a: npt.NDArray[np.uint8]
    flags_b: npt.NDArray[np.uint8]
    rarity: Floats
    pairs: int

    def total(self, where: Bools | None = None, power: int = 1) -> Floats:
        """Sum the rarity of each pair's shared words, or of some of them."""
        values = self.rarity**power if where is None else self.rarity**power * where
        return np.bincount(self.pair, values, minlength=self.pairs).astype(np.float32)

    def of_pairs(self, selected: Ints) -> _SharedWords:
        """Return the shared words of some pairs, which are renumbered."""
        new_number = np.full(self.pairs, -1)
        new_number[selected] = np.arange(len(selected))
        where = new_number[self.pair] >= 0
        return _SharedWords(
            new_number[self.pair[where]],
            self.a[where],
            self.b[where],
            self.flags_a[where],
            self.flags_b[where],
            self.rarity[where],
            len(selected),
        )


def _find_shared_words(window: Window, a: Ints, b: Ints) -> _SharedWords:
    """Find shared words by sorting the words of both articles of each pair together.

    A sort key holds as much of the word's hash as fits (26 bits, which makes collisions within a pair unlikely), then
    the article (1 bit) and the column (5 bits).
    """
    keys = np.concatenate((window.words[a], window.words[b]), axis=1)
    keys <<= np.uint32(6)
    keys |= np.where(keys > 0, np.arange(2 * WIDTH, dtype=np.uint32), np.uint32(0))
    keys.sort(axis=1)
    word = keys >> np.uint32(6)
    shared = np.zeros(keys.shape, bool)
    shared[:, :-1] = (word[:, 1:] == word[:, :-1]) & (word[:, 1:] > 0)
    index = np.flatnonzero(shared)
    pair = index // (2 * WIDTH)
    index_a = a[pair] * WIDTH + (keys.take(index) & np.uint32(WIDTH - 1))
    index_b = b[pair] * WIDTH + (keys.take(index + 1) & np.uint32(WIDTH - 1))
    rarity = np.minimum(window.rarity.take(index_a), window.rarity.take(index_b)) * np.float32(1 / RARITY_STEPS)
    return _SharedWords(pair, index_a, index_b, window.flags.take(index_a), window.flags.take(index_b), rarity, len(a))


def pair_features(window: Window, sums: ArticleSums, novelty: Novelty, a: Ints, b: Ints) -> tuple[Ints, FeatureMatrix]:
    """Return the indices of the pairs of rows that share enough words, and the features of these pairs.

    `novelty`: at least of the later articles (`b`).
    """
    shared = _find_shared_words(window, a, b)
    weight = window.weights.take(shared.a) * window.weights.take(shared.b)
    cosine = np.bincount(shared.pair, weight, minlength=len(a)).astype(np.float32)
    selected = np.flatnonzero(cosine >= MIN_COSINE)
    shared, a, b, cosine = shared.of_pairs(selected), a[selected], b[selected], cosine[selected]
    features = {"cosine": cosine} | _text_features(window, sums, shared, a, b) | _word_features(sums, shared, a, b)
    features |= _outlet_features(window, a, b, features)
    features |= _novelty_features(window, novelty, shared, a, b)
    features["cosine_long"] = np.where(features["summary_least"] < MIN_SUMMARY_WORDS, 0, cosine)
    matrix = np.array([features[name] for name in FEATURES], np.float32)
    return selected, matrix.reshape(len(FEATURES), len(selected))


def _text_features(window: Window, sums: ArticleSums, shared: _SharedWords, a: Ints, b: Ints) -> dict[str, Floats]:
    """Compute how similar the titles and summaries are, and how long."""
    in_title_a, in_title_b = shared.flags_a & TITLE > 0, shared.flags_b & TITLE > 0
    contained = (
        shared.total(in_title_a) / _nonzero(sums.title[a]),
        shared.total(in_title_b) / _nonzero(sums.title[b]),
    )
    in_both_summaries = shared.flags_a & shared.flags_b & SUMMARY > 0
    summary_counts, word_counts = window.summary_counts, window.word_counts
    shorter_summary = np.minimum(summary_counts[a], summary_counts[b])
    contained_both = np.minimum(*contained)
    return {
        "titles": shared.total(in_title_a & in_title_b, 2) / _nonzero(sums.title_norm[a] * sums.title_norm[b]),
        "summaries": shared.total(in_both_summaries, 2) / _nonzero(sums.summary_norm[a] * sums.summary_norm[b]),
        "contained": np.maximum(*contained),
        "contained_both": contained_both,
        "contained_bare": np.where(shorter_summary < MIN_SUMMARY_WORDS, contained_both, 0),
        "words_least": np.minimum(word_counts[a], word_counts[b]),
        "words_most": np.maximum(word_counts[a], word_counts[b]),
        "summary_least": shorter_summary,
        "summary_most": np.maximum(summary_counts[a], summary_counts[b]),
    }


def _word_features(sums: ArticleSums, shared: _SharedWords, a: Ints, b: Ints) -> dict[str, Floats]:
    """Compute which names, numbers and other words the articles share, and which they do not."""
    in_title_a, in_title_b = shared.flags_a & TITLE > 0, shared.flags_b & TITLE > 0
    name_a, name_b = shared.flags_a & NAME > 0, shared.flags_b & NAME > 0
    number = shared.flags_a & NUMBER > 0
    name, word = name_a | name_b, ~(name_a | name_b | number)
    names, words = shared.total(name), shared.total(word)
    title_names = shared.total(in_title_a & name_a), shared.total(in_title_b & name_b)
    own_names = sums.title_names[a] - title_names[0], sums.title_names[b] - title_names[1]
    title_words = shared.total(in_title_a & ~name_a & ~number), shared.total(in_title_b & ~name_b & ~number)
    number_count = np.bincount(shared.pair, number, minlength=shared.pairs)
    rows = (a, b)
    return {
        "rarest": _rarest(shared),
        "names_and_words": np.sqrt(names * words),
        "other_words": words,
        "title_words": shared.total(word & in_title_a & in_title_b),
        "title_names": shared.total(name & in_title_a & in_title_b),
        "words_contained": np.maximum(
            *(part / _nonzero(sums.title_words[row]) for part, row in zip(title_words, rows, strict=True))
        ),
        "names_contained": np.minimum(
            *(_share(part, sums.title_names[row]) for part, row in zip(title_names, rows, strict=True))
        ),
        "numbers": shared.total(number),
        "numbers_apart": np.minimum(sums.numbers[a], sums.numbers[b]) - number_count,
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


def _novelty_features(window: Window, novelty: Novelty, shared: _SharedWords, a: Ints, b: Ints) -> dict[str, Floats]:
    """Compute how new the shared words and phrases were when the later article (`b`) came."""
    newness = np.maximum(novelty.words.take(shared.b), 0) * (shared.rarity / STEPS)
    newest = _newest_shared(window.phrases[a], window.phrases[b], novelty.phrases[b])
    return {
        "novelty": np.bincount(shared.pair, newness, minlength=shared.pairs).astype(np.float32),
        "phrase_novelty": newest.astype(np.float32) / np.float32(STEPS),
    }


def _newest_shared(
    phrases_a: npt.NDArray[np.uint32], phrases_b: npt.NDArray[np.uint32], novelty_b: npt.NDArray[np.int8]
) -> npt.NDArray[np.int8]:
    """Return the novelty of the newest phrase that each pair shares, in steps; the lowest without one."""
    newest = np.full(len(phrases_a), LOWEST * STEPS, np.int8)
    others = np.ascontiguousarray(phrases_a.T)  # column by column, each comparison is of long arrays
    for phrase, novelty in zip(np.ascontiguousarray(phrases_b.T), novelty_b.T, strict=True):
        same = np.zeros(len(phrase), bool)
        for other in others:
            same |= phrase == other
        same &= phrase > 0
        np.maximum(newest, novelty, out=newest, where=same)
    return newest


def _rarest(shared: _SharedWords) -> Floats:
    """Return the rarity of the rarest shared word of each pair, 0 without shared words."""
    rarest = np.zeros(shared.pairs, np.float32)
    if len(shared.pair):
        starts, _ = find_runs(shared.pair)
        rarest[shared.pair[starts]] = np.maximum.reduceat(shared.rarity, starts)
    return rarest


def _share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole; 0.5 where the whole is 0, which is neutral."""
    return np.where(whole > 0, part / _nonzero(whole), np.float32(0.5))


def _nonzero(values: Floats) -> Floats:
    """Return the values, raised to a minimum that is safe to divide by."""
    return np.maximum(values, np.float32(1e-6))


def rarest_shared_words(window: Window, a: Ints, b: Ints, limit: int) -> list[list[int]]:
    """Return the hashes of the rarest shared words of each pair of rows, the rarest first."""
    shared = _find_shared_words(window, a, b)
    order = np.lexsort((-shared.rarity, shared.pair))
    order = order[shared.rarity[order] >= MIN_EXPLAINING_RARITY]
    pair = shared.pair[order]
    selected = rank_in_run(*find_runs(pair)) < limit
    hashes = window.words.take(shared.a[order[selected]]).tolist()
    words_by_pair: list[list[int]] = [[] for _ in a]
    for number, word in zip(pair[selected].tolist(), hashes, strict=True):
        words_by_pair[number].append(word)
    return words_by_pair
