"""Compare two stored articles: the words that they share, and the score of the pair."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.features.records import word_spellings
from aggregator.grouping.pairs.arrays import count_before
from aggregator.grouping.pairs.features import rarest_shared_words
from aggregator.grouping.pairs.model import score_pairs
from aggregator.grouping.settings import STRICTNESS, StoriesSettings
from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import GroupedArticle, Lookup, Pair

MAX_WORDS = 8
"""Shared words that are listed at most."""


class Closeness(msgspec.Struct, frozen=True):
    """The similarity of two articles.

    `words`: the rarest shared words; `log_odds`: that both tell the same story, None if they share too little for a
    score; `threshold`: what two single articles must reach.
    """

    words: tuple[str, ...]
    log_odds: float | None
    threshold: float


def closeness(
    pair: Pair, near: Sequence[GroupedArticle], settings: StoriesSettings, lookup: Lookup, frequencies: bytes | None
) -> Closeness:
    """Compare two articles. `pair`: their keys; `near`: they and all others within the window before them;
    `frequencies`: those of the store."""
    by_time = sorted(near, key=lambda article: (article.time, article.key))
    index = ArticleIndex(lookup, frequencies)
    index.add_grouped(by_time)
    window = index.window(np.arange(len(by_time)))
    early, late = (np.array([row]) for row, article in enumerate(by_time) if article.key in pair)
    log_odds, _ = score_pairs(window, early, late)
    (words,) = rarest_shared_words(window, early, late, MAX_WORDS)
    [spellings] = word_spellings(index.articles(early.tolist()), [words])
    compared = count_before(window, settings.window.total_seconds())[late]
    return Closeness(
        words=tuple(spellings[word] for word in words if word in spellings),
        log_odds=float(log_odds[0]) if np.isfinite(log_odds[0]) else None,
        threshold=Thresholds(STRICTNESS[settings.strictness], int(compared[0]))[2],
    )
