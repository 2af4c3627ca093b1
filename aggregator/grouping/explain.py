"""Tell in words what put each article into its story."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aggregator.grouping.article_index import Shelf
from aggregator.grouping.clusters import ALIKE, EACH, UNLIKE, Links, bar
from aggregator.grouping.features.records import written
from aggregator.grouping.pairs.arrays import Bools, Floats, Window
from aggregator.grouping.pairs.features import telling_words
from aggregator.grouping.pairs.run_length import Ints, place_in_run, runs
from aggregator.grouping.reasons import joined

WORDS = 5
"""Shared words that a reason names."""


class Joins(msgspec.Struct, frozen=True):
    """Articles that joined a story; of each the one in the story that it is most like, how close it is to the story and
    what was asked."""

    article: Ints
    other: Ints
    odds: Floats
    bar: Floats


class Telling:
    """Knows the articles that were grouped by their number: `rows` of the window, `places` on the shelf."""

    def __init__(self, shelf: Shelf, window: Window, rows: Ints, places: Ints, strictness: float) -> None:
        self._shelf = shelf
        self._window = window
        self._rows = rows
        self._places = places
        self._strictness = strictness

    def explain(self, groups: Sequence[Sequence[int]], links: Links, joining: Bools) -> None:
        """Note for each of the articles that joined a story what it has in common with it."""
        joins = self._joins(groups, links, joining)
        a, b = self._rows[joins.article], self._rows[joins.other]
        words = telling_words(self._window, a, b, WORDS)
        others = self._shelf.articles(self._places[joins.other].tolist())
        holders = {number: other for numbers, other in zip(words, others, strict=True) for number in numbers}
        shown = written(holders, list({id(one): one for one in holders.values()}.values()))
        hours = np.abs(self._window.time[a] - self._window.time[b]) / 3600
        told = zip(
            self._places[joins.article].tolist(),
            others,
            words,
            hours.tolist(),
            joins.odds.tolist(),
            joins.bar.tolist(),
            strict=True,
        )
        for place, other, numbers, apart, odds, asked in told:
            names = [shown[number] for number in numbers if number in shown]  # the text may have changed since
            self._shelf.rows[place].why = joined(other, names, apart, odds, asked)

    def _joins(self, groups: Sequence[Sequence[int]], links: Links, joining: Bools) -> Joins:
        group = np.empty(len(self._rows), np.int64)
        size = np.empty(len(self._rows), np.int64)
        for number, members in enumerate(groups):
            group[members] = number
            size[members] = len(members)
        article, other = np.concatenate((links.a, links.b)), np.concatenate((links.b, links.a))
        odds = np.clip(np.concatenate((links.odds, links.odds)), UNLIKE, ALIKE)
        kept = np.flatnonzero(joining[article] & (group[article] == group[other]))
        kept = kept[np.lexsort((-other[kept], -odds[kept], article[kept]))]
        article, other, odds = article[kept], other[kept], odds[kept]
        first, length = runs(article)
        rank = place_in_run(first, length)
        wanted = np.minimum(EACH, size[article] - 1)
        close = np.full(len(first), UNLIKE, np.float32)
        if len(first):  # links that are missing count as the least
            close += np.add.reduceat(np.where(rank < wanted, odds - UNLIKE, 0), first) / wanted[first]
        asked = np.array([bar(one, self._strictness) for one in size[article[first]].tolist()], np.float32)
        return Joins(article[first], other[first], close, asked)
