"""What keeps two articles in different stories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from aggregator.grouping.reasons import duration, signed
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import GroupedArticle, Pair
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.grouping.compare import Comparer

MIN_TOLD_LOSS = 0.05
"""What the time between two stories costs at least if it is told."""


class Apart(msgspec.Struct, frozen=True):
    """Two articles of different stories. `first`, `second`: the articles of their stories; `pair`: their keys;
    `hours`: between them; `score`, `threshold`: of the pair."""

    first: Sequence[GroupedArticle]
    second: Sequence[GroupedArticle]
    pair: Pair
    hours: float
    score: float | None
    threshold: float


def what_keeps_apart(apart: Apart, comparer: Comparer, settings: StoriesSettings, store: Store) -> list[str]:
    """Return what keeps two articles in different stories, in sentences."""
    if not settings.enabled:
        return ["articles are not grouped: `stories.enabled` is false"]
    by_hand = _split_by_hand(apart, store)
    if by_hand:
        return by_hand
    if comparer.was_voted_down(apart.pair):
        return ["a plugin decided that they do not tell one story"]
    reasons = []
    window = settings.window.total_seconds() / 3600
    if apart.hours > window:
        reasons.append(f"they are {duration(apart.hours)} apart; articles are compared within {duration(window)}")
    elif comparer.are_series(*apart.pair):
        reasons.append("both have the same short headline, on different days: taken for instalments of a series")
    elif apart.score is not None and apart.score >= apart.threshold and not comparer.was_compared(apart.pair):
        reasons.append("grouping did not compare them: each shares more distinctive words with other articles")
    if len(apart.first) + len(apart.second) > 2:
        reasons.append(_other_articles(apart, comparer))
    return reasons


def _split_by_hand(apart: Apart, store: Store) -> list[str]:
    """Return the pairs of articles of both stories that a correction keeps apart."""
    first, second = ({article.key for article in story} for story in (apart.first, apart.second))
    for one in store.decisions():
        if not one.same and ((one.a in first and one.b in second) or (one.a in second and one.b in first)):
            articles = store.by_key([one.a, one.b])
            names = [f"{articles[key].source.name}: “{articles[key].title}”" for key in (one.a, one.b)]
            return [f"their stories are kept apart by a correction, of {names[0]} and {names[1]}"]
    return []


def _other_articles(apart: Apart, comparer: Comparer) -> str:
    """Return how close the stories are as wholes."""
    from aggregator.grouping.clusters import MIN_LOG_ODDS

    close = comparer.groups(*([article.key for article in story] for story in (apart.first, apart.second)))
    if close.links <= MIN_LOG_ODDS:
        return "no article of the one story resembles one of the other"
    figures = f"mean of their best pairs {signed(close.links)}"
    if close.loss >= MIN_TOLD_LOSS:
        figures += f", less {close.loss:.1f} for {duration(close.hours)} between the stories"
    figures += f"; stories of {len(apart.first)} and {len(apart.second)} articles need {signed(close.threshold)}"
    if close.links >= close.threshold > close.links - close.loss:
        return f"the articles of both stories are similar, but too far apart in time ({figures})"
    if close.links - close.loss >= close.threshold:
        return f"the stories are close enough now: the next article that resembles both merges them ({figures})"
    return f"the other articles of their stories are not close enough ({figures})"
