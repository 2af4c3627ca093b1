"""Write the reasons of articles that joined a story: the most similar article of it, and what both share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import chain

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.clusters import (
    MAX_LOG_ODDS,
    MIN_LOG_ODDS,
    Links,
    distance_loss,
    links_per_article,
)
from aggregator.grouping.features.records import word_spellings
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run
from aggregator.grouping.features.wording import Wording
from aggregator.grouping.pairs.arrays import Bools, Window
from aggregator.grouping.pairs.shared_words import rarest_shared_words
from aggregator.grouping.reasons import Shares, encode
from aggregator.grouping.thresholds import Thresholds

MAX_WORDS = 5
"""Shared words that an explanation lists at most."""


class JoinScores(msgspec.Struct, frozen=True):
    """Articles that joined a story, each with the most similar article of the story, by number; `closeness`: of the
    article to the story; `threshold`: what it had to reach."""

    article: Ints
    other: Ints
    closeness: Floats
    threshold: Floats


class JoinExplainer:
    """Writes the reasons of articles that joined a story into the index.

    Articles are numbered as in the clusters. `rows`, `positions`: of each number, in the window and in the index.
    """

    def __init__(
        self, index: ArticleIndex, window: Window, rows: Ints, positions: Ints, thresholds: Thresholds
    ) -> None:
        self._index = index
        self._window = window
        self._rows = rows
        self._positions = positions
        self._thresholds = thresholds

    def explain(self, groups: Sequence[Sequence[int]], links: Links, joined: Bools) -> None:
        """Write a reason for each article that joined a story: what it shares with the most similar article."""
        scores = self._score_joins(groups, links, joined)
        row, other_row = self._rows[scores.article], self._rows[scores.other]
        words_by_join = rarest_shared_words(self._window, row, other_row, MAX_WORDS)
        others = self._index.wordings(self._positions[scores.other].tolist())
        spellings = _spellings(others, words_by_join)
        hours = (self._window.times[row] - self._window.times[other_row]) / 3600
        positions = self._positions[scores.article].tolist()
        cited = [self._index.states[position].key for position in self._positions[scores.other].tolist()]
        joins = zip(positions, others, words_by_join, strict=True)
        for number, (position, other, words) in enumerate(joins):
            spelled = spellings[id(other)]
            reason = Shares(
                cites=cited[number],
                words=tuple(spelled[word] for word in words if word in spelled),  # the text may have changed since
                hours=round(float(hours[number]), 2),
                closeness=round(float(scores.closeness[number]), 2),
                threshold=round(float(scores.threshold[number]), 2),
            )
            self._index.states[position].why = encode(reason)

    def _score_joins(self, groups: Sequence[Sequence[int]], links: Links, joined: Bools) -> JoinScores:
        times = self._window.times[self._rows]
        sizes = np.array([len(members) for members in groups])
        group = np.empty(len(self._rows), np.int64)
        group[list(chain.from_iterable(groups))] = np.repeat(np.arange(len(groups)), sizes)
        size = sizes[group]
        mean_of_others = (np.bincount(group, times)[group] - times) / np.maximum(size - 1, 1)
        within = np.flatnonzero(group[links.a] == group[links.b])
        a, b, clipped = links.a[within], links.b[within], np.clip(links.log_odds[within], MIN_LOG_ODDS, MAX_LOG_ODDS)
        article, other = np.concatenate((a[joined[a]], b[joined[b]])), np.concatenate((b[joined[a]], a[joined[b]]))
        log_odds = np.concatenate((clipped[joined[a]], clipped[joined[b]]))
        order = np.argsort(article.astype(np.uint64) << np.uint64(32) | _descending(log_odds))
        article, other, log_odds = article[order], other[order], log_odds[order]
        first, length = find_runs(article)
        rank = rank_in_run(first, length)
        most_links = np.array([links_per_article(number - 1) for number in sizes.tolist()])
        wanted = np.minimum(most_links[group], size - 1)[article]
        closeness = np.full(len(first), MIN_LOG_ODDS, np.float32)
        most_similar = other[first]
        if len(first):  # missing links count as MIN_LOG_ODDS
            best = log_odds == np.repeat(log_odds[first], length)
            most_similar = np.maximum.reduceat(np.where(best, other, -1), first)  # of equal ones the latest
            above_minimum = np.where(rank < wanted, log_odds - MIN_LOG_ODDS, 0)
            closeness += np.add.reduceat(above_minimum, first) / wanted[first]
        distance = (mean_of_others - times)[article[first]].tolist()
        articles = size[article[first]].tolist()
        closeness -= np.fromiter(map(distance_loss, distance, articles), np.float32, len(first))
        threshold = np.array([self._thresholds[number] for number in articles], np.float32)
        return JoinScores(article[first], most_similar, closeness, threshold)


def _descending(values: Floats) -> npt.NDArray[np.uint32]:
    """Return numbers that are in the opposite order of these."""
    bits = values.view(np.uint32)
    return np.where(bits >> np.uint32(31) > 0, bits, ~(bits | np.uint32(1 << 31)))


def _spellings(articles: Sequence[Wording], words: Sequence[Collection[int]]) -> dict[int, dict[int, str]]:
    """Return how articles write words, by the id of the object. An article may occur repeatedly, with other words."""
    words_of: dict[int, set[int]] = defaultdict(set)
    for article, some in zip(articles, words, strict=True):
        words_of[id(article)].update(some)
    distinct = {id(article): article for article in articles}
    return dict(zip(distinct, word_spellings([*distinct.values()], [words_of[one] for one in distinct]), strict=True))
