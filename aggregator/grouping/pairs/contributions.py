"""What lowers the score of a pair: how much higher it would be without one difference between the articles."""

from __future__ import annotations

import msgspec
import numpy as np

from aggregator.grouping.features.run_length import Ints
from aggregator.grouping.pairs.arrays import Window
from aggregator.grouping.pairs.features import FEATURES, ArticleSums, FeatureMatrix, article_sums, pair_features
from aggregator.grouping.pairs.model import outlet_penalty, sum_tables
from aggregator.grouping.pairs.novelty import rate_novelty

SAME_HOUR = 1.0
"""Hours between articles that count as no difference."""
DIFFERENCES: dict[str, tuple[str, ...]] = {
    "hours": ("hours",),
    "names": ("own_names", "own_names_most"),
    "numbers": ("numbers_apart",),
    "outlet": ("same_outlet_own_names", "same_outlet_unlike", "same_outlet_template"),
}
"""The features that lower a score, by what they tell. All but the hours are 0 for a pair without that difference."""
MIN_LOSS = 0.1
"""Log-odds from which a difference is worth telling."""


class Contributions(msgspec.Struct, frozen=True):
    """What the score of a pair loses by each of `DIFFERENCES`, the largest loss first; as log-odds above zero."""

    losses: dict[str, float]


def contributions(window: Window, early: Ints, late: Ints) -> Contributions:
    """Return what lowers the score of one pair of rows (two arrays of one element)."""
    sums = article_sums(window)
    selected, features = pair_features(window, sums, rate_novelty(window, late), early, late)
    if not len(selected):
        return Contributions({})
    losses = {name: _loss(features, rows) for name, rows in DIFFERENCES.items()}
    losses["outlet"] += _penalty(window, sums, features, early, late)
    told = sorted(losses.items(), key=lambda pair: -pair[1])
    return Contributions({name: round(loss, 2) for name, loss in told if loss >= MIN_LOSS})


def _loss(features: FeatureMatrix, names: tuple[str, ...]) -> float:
    without = features.copy()
    for row in (list(FEATURES).index(name) for name in names):
        without[row] = np.minimum(without[row], SAME_HOUR) if names == ("hours",) else 0
    return float((sum_tables(without) - sum_tables(features))[0])


def _penalty(window: Window, sums: ArticleSums, features: FeatureMatrix, early: Ints, late: Ints) -> float:
    return float(np.asarray(outlet_penalty(window, sums, features, early, late))[0])
