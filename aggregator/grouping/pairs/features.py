"""Features of pairs: numbers that indicate whether two articles tell the same story.

Words count by their rarity. Names, numbers and other words have features of their own: two affairs of one person share
the names, market reports of two days share the words, and neither shares both.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import PHRASES, RARITY_STEPS
from aggregator.grouping.features.run_length import Floats, Ints, find_runs
from aggregator.grouping.pairs.arrays import BATCH, NAME, NUMBER, SUMMARY, TITLE, Bools, Window
from aggregator.grouping.pairs.novelty import LOWEST, STEPS, Novelty
from aggregator.grouping.pairs.shared_words import sum_shared, unpack_sums

PAIR_BATCH = 16384
"""Pairs that are processed together: intermediate arrays fit into the processor's cache."""
SHARED_BATCH = 2048
"""Pairs whose shared words are found together, for the same reason."""
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


def pair_features(window: Window, sums: ArticleSums, novelty: Novelty, a: Ints, b: Ints) -> tuple[Ints, FeatureMatrix]:
    """Return the indices of the pairs of rows that share enough words, and the features of these pairs.

    `novelty`: at least of the later articles (`b`).
    """
    batches = [slice(start, start + SHARED_BATCH) for start in range(0, max(len(a), 1), SHARED_BATCH)]
    parts = [sum_shared(window, novelty, a[batch], b[batch]) for batch in batches]
    selected = np.concatenate([part.selected + batch.start for part, batch in zip(parts, batches, strict=True)])
    a, b, cosine = a[selected], b[selected], np.concatenate([part.cosine for part in parts])
    totals = unpack_sums(np.concatenate([part.sums for part in parts], axis=1))
    features = {"cosine": cosine} | _text_features(window, sums, totals, a, b) | _word_features(sums, totals, a, b)
    features |= _outlet_features(window, a, b, features)
    features["novelty"] = totals["novelty"] / np.float32(STEPS)
    features["phrase_novelty"] = _newest_shared(window, novelty.phrases, a, b) / np.float32(STEPS)
    features["cosine_long"] = np.where(features["summary_least"] < MIN_SUMMARY_WORDS, 0, cosine)
    return selected, np.array([features[name] for name in FEATURES], np.float32)


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
    phrases = window.phrases.take(np.stack((a, b), axis=1), axis=0).reshape(len(a), 2 * PHRASES)
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
