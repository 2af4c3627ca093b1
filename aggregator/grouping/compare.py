"""How two articles that are placed look to grouping: what they share, and how close that makes them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aggregator.grouping.article_index import Shelf
from aggregator.grouping.clusters import bar
from aggregator.grouping.features.records import written
from aggregator.grouping.pairs.features import telling_words
from aggregator.grouping.pairs.model import likeness
from aggregator.grouping.settings import STRICTNESS, StoriesSettings
from aggregator.grouping.types import Lookup, Placed

WORDS = 8
"""Shared words that are named."""


class Closeness(msgspec.Struct, frozen=True):
    """`words`: shared ones that say most; `odds`: log-odds of one story, None where too little is shared to ask; `bar`:
    what is asked of two articles alone."""

    words: tuple[str, ...]
    odds: float | None
    bar: float


def closeness(
    pair: Sequence[Placed], settings: StoriesSettings, lookup: Lookup, frequencies: bytes | None
) -> Closeness:
    """How close two articles are."""
    shelf = Shelf(lookup, frequencies)
    shelf.add_placed(sorted(pair, key=lambda one: one.time))
    window = shelf.window(np.arange(2))
    early, late = np.array([0]), np.array([1])
    odds, _ = likeness(window, early, late)
    (numbers,) = telling_words(window, early, late, WORDS)
    shown = written(numbers, shelf.articles([0]))
    return Closeness(
        words=tuple(shown[number] for number in numbers if number in shown),
        odds=float(odds[0]) if np.isfinite(odds[0]) else None,
        bar=bar(2, STRICTNESS[settings.strictness]),
    )
