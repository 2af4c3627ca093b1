"""The trained model that scores pairs: the log-odds that two articles tell the same story.

0 is even, +2 is 7 to 1 for one story. The score is a sum of small lookup tables, equivalent to boosted decision trees.
A table has up to three conditions on features ("cosine > 0.31?") and a value for each combination of answers. Features
that indicate one story can only raise the score, others can only lower it (Friedman, Greedy Function Approximation,
2001, with monotone constraints). benchmarks/train.py writes the tables to weights.json. A rule covers what the training
sets, which contain news only, cannot teach: see `OTHER_TITLE_PENALTY`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from aggregator.grouping.features.run_length import Floats, Ints
from aggregator.grouping.pairs.arrays import Window
from aggregator.grouping.pairs.features import (
    FEATURES,
    PAIR_BATCH,
    ArticleSums,
    FeatureMatrix,
    article_sums,
    pair_features,
)
from aggregator.grouping.pairs.novelty import rate_novelty
from aggregator.runtime.second_process import both, has_second_process

_COSINE, _TITLES = list(FEATURES).index("cosine"), list(FEATURES).index("titles")
SAME_OUTLET_PENALTY, OTHER_TITLE_PENALTY = 0.1, 1.5
"""Subtracted for two articles of one outlet, which rarely reports a story twice; and for those whose titles share no
word: authors use the same words for different subjects. The labelled sets contain too few such pairs to learn from."""
PATH = Path(__file__).with_name("weights.json")


class LookupTable(msgspec.Struct, array_like=True, frozen=True):
    """Up to three conditions (feature, threshold), and a value for each combination of answers.

    Bit n of the index into `values` is set if the feature of condition n exceeds its threshold.
    """

    conditions: tuple[tuple[str, float], ...]
    values: tuple[float, ...]


class Model(msgspec.Struct, frozen=True):
    """All tables. `trained_on`: a digest of the labelled sets."""

    trained_on: str
    tables: tuple[LookupTable, ...]


@cache
def load_model() -> Model:
    """Load the model from weights.json."""
    return msgspec.json.decode(PATH.read_bytes(), type=Model)


def clear_cache() -> None:
    """Forget the model, so that it is loaded again from `PATH`."""
    load_model.cache_clear()
    _table_arrays.cache_clear()


def score_pairs(window: Window, early: Ints, late: Ints) -> tuple[Floats, Floats]:
    """Return the log-odds that each pair of rows tells the same story, and the cosine of its words (0 to 1).

    Pairs that share too little have log-odds of minus infinity and a cosine of 0.
    """
    half = len(early) // 2
    if half < PAIR_BATCH or not has_second_process():
        return _score(window, early, late)
    halves = both(_score, (window, early[:half], late[:half]), (window, early[half:], late[half:]))
    return np.concatenate([log_odds for log_odds, _ in halves]), np.concatenate([cosine for _, cosine in halves])


def _score(window: Window, early: Ints, late: Ints) -> tuple[Floats, Floats]:
    log_odds = np.full(len(early), -np.inf, np.float32)
    cosine = np.zeros(len(early), np.float32)
    sums, novelty = article_sums(window), rate_novelty(window, late)
    for start in range(0, len(early), PAIR_BATCH):
        batch = slice(start, start + PAIR_BATCH)
        selected, features = pair_features(window, sums, novelty, early[batch], late[batch])
        a, b = early[start + selected], late[start + selected]
        log_odds[start + selected] = sum_tables(features) - outlet_penalty(window, sums, features, a, b)
        cosine[start + selected] = features[_COSINE]
    return log_odds, cosine


def outlet_penalty(window: Window, sums: ArticleSums, features: FeatureMatrix, a: Ints, b: Ints) -> Floats:
    """Return what the scores of pairs of rows lose because both articles are of one outlet."""
    other_title = (features[_TITLES] == 0) & (sums.title[a] > 0) & (sums.title[b] > 0)
    same_outlet = window.outlets[a] == window.outlets[b]
    penalty: Floats = same_outlet * np.where(other_title, OTHER_TITLE_PENALTY, SAME_OUTLET_PENALTY)
    return penalty


def sum_tables(features: FeatureMatrix) -> Floats:
    """Return the score of each pair: the sum of the values that the tables assign to its features."""
    tables = _table_arrays()
    size = features.shape[1]
    above = np.empty((tables.conditions, size), np.uint8)
    for row, numbers, thresholds in tables.by_feature:
        np.greater(features[row], thresholds, out=above[numbers].view(bool))
    total, table_value = np.zeros(size, np.float32), np.empty(size, np.float32)
    answers, index = np.empty(size, np.uint8), np.empty(size, np.intp)
    for conditions, values in tables.tables:
        answers[:] = above[conditions[0]]
        for condition in conditions[1:]:
            np.add(answers, answers, out=answers)  # several times as fast as to shift them
            np.bitwise_or(answers, above[condition], out=answers)
        index[:] = answers
        total += np.take(values, index, out=table_value, mode="clip")
    return total


class _TableArrays(NamedTuple):
    """The tables as arrays. Conditions that several tables have are numbered once.

    `by_feature`: the row of each feature, and the numbers and the thresholds of its conditions; `tables`: the numbers
    of the conditions of each table, the last one first, and its values.
    """

    conditions: int
    by_feature: list[tuple[int, slice, Any]]
    tables: list[tuple[list[int], Any]]


@cache
def _table_arrays() -> _TableArrays:
    tables = load_model().tables
    by_feature = []
    number_of: dict[tuple[str, float], int] = {}
    for row, feature in enumerate(FEATURES):
        thresholds = sorted({limit for table in tables for name, limit in table.conditions if name == feature})
        first = len(number_of)
        number_of |= {(feature, limit): number for number, limit in enumerate(thresholds, first)}
        column = np.array(thresholds, np.float32).reshape(-1, 1)
        by_feature.append((row, slice(first, len(number_of)), column))
    arrays = [
        ([number_of[condition] for condition in table.conditions[::-1]], np.array(table.values, np.float32))
        for table in tables
    ]
    return _TableArrays(len(number_of), by_feature, arrays)
