"""Recognises instalments of a series: articles of one outlet with the same short headline, on different days."""

from __future__ import annotations

from typing import Any

import numpy as np

from aggregator.grouping.copies.judge import UPDATE_HOURS
from aggregator.grouping.features.run_length import Ints
from aggregator.grouping.pairs.arrays import TITLE, Bools, Window

SERIES_TITLE_WORDS = 5
"""Words at most of a headline that an outlet repeats for each instalment of a series."""


def are_series(window: Window, title_key: Any, early: Ints, late: Ints) -> Bools:
    """Return which pairs of rows are instalments of a series: an outlet repeats a short headline on another day.

    `title_key`: of each row's record.
    """
    series: Bools = title_key[early] == title_key[late]
    series &= (title_key[early] > 0) & (window.outlets[early] == window.outlets[late])
    series &= window.times[late] - window.times[early] > UPDATE_HOURS * 3600
    pairs = np.flatnonzero(series)
    series[pairs] = (window.flags[early[pairs]] & TITLE > 0).sum(axis=1) <= SERIES_TITLE_WORDS
    return series
