"""Compare stored articles: the score of each pair, what both have, what only one has, and what lowers the score.

A pair has one score, whoever asks: the one that grouping stored when the later article came, or else the one that
follows from the stored features of both articles and of the days before them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
import numpy as np

from aggregator.grouping.article_index import LINK, ArticleIndex
from aggregator.grouping.clusters import MAX_LOG_ODDS, MIN_LOG_ODDS, NEVER, distance_loss, mean_of_best
from aggregator.grouping.features.records import word_spellings
from aggregator.grouping.pairs.arrays import NAME, NUMBER, TITLE, count_before
from aggregator.grouping.pairs.contributions import contributions
from aggregator.grouping.pairs.model import score_pairs
from aggregator.grouping.pairs.series import are_series
from aggregator.grouping.pairs.shared_words import rarest_shared_words
from aggregator.grouping.reasons import Shares
from aggregator.grouping.settings import STRICTNESS, StoriesSettings
from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import GroupedArticle, Lookup, Pair, in_order

MAX_WORDS = 8
"""Shared words that are listed at most."""
MAX_REASON_WORDS = 5
"""The same in a stored reason."""
MAX_OWN_WORDS = 6
"""Words that only one article has that are listed at most: names and numbers first."""


class Difference(msgspec.Struct, frozen=True):
    """What two articles have in common and what not.

    `words`: the rarest shared words; `only_a`, `only_b`: names, numbers and title words that the other one lacks;
    `losses`: see `Contributions`.
    """

    words: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    losses: dict[str, float]


class GroupCloseness(msgspec.Struct, frozen=True):
    """How close two stories are: `links`, the mean of their best links; `loss`: what the time between them costs;
    `hours`: between their middles; `threshold`: what the links must reach after that loss."""

    links: float
    loss: float
    hours: float
    threshold: float


class Comparer:
    """Compares articles by key. `near`: they, and all others within the window before them; `frequencies`: those of
    the store."""

    def __init__(
        self, near: Sequence[GroupedArticle], settings: StoriesSettings, lookup: Lookup, frequencies: bytes | None
    ) -> None:
        by_time = sorted(near, key=lambda article: (article.time, article.key))
        self._index = ArticleIndex(lookup, frequencies)
        self._index.add_grouped(by_time)
        self._window = self._index.window(np.arange(len(by_time)))
        self._row_of = {article.key: row for row, article in enumerate(by_time)}
        self._articles = by_time
        self._settings = settings
        self._span = settings.window.total_seconds()

    def scores(self, pairs: Iterable[Pair]) -> dict[Pair, float]:
        """Return the log-odds that pairs tell one story, without those pairs that share too little for a score."""
        wanted = sorted({in_order(*pair) for pair in pairs})
        stored = {pair: self._stored(pair) for pair in wanted}
        found = {pair: score for pair, score in stored.items() if score is not None and score > NEVER}
        missing = [pair for pair in wanted if stored[pair] is None]
        rows = np.array([sorted((self._row_of[a], self._row_of[b])) for a, b in missing], np.int64).reshape(-1, 2)
        log_odds, _ = score_pairs(self._window, rows[:, 0], rows[:, 1])
        found |= {pair: score for pair, score in zip(missing, log_odds.tolist(), strict=True) if score > NEVER}
        return found

    def was_compared(self, pair: Pair) -> bool:
        """Whether grouping has stored a score of this pair."""
        return self._stored(in_order(*pair)) is not None

    def _stored(self, pair: Pair) -> float | None:
        """Return the score that grouping stored with one of both articles."""
        for key, other in (pair, pair[::-1]):
            links = np.frombuffer(self._index.states[self._row_of[key]].links, LINK)
            scores = links["log_odds"][links["key"] == other].tolist()
            if scores:
                return float(scores[0])
        return None

    def was_voted_down(self, pair: Pair) -> bool:
        """Whether a plugin decided that two articles tell different stories."""
        return self._stored(in_order(*pair)) == NEVER

    def are_series(self, a: int, b: int) -> bool:
        """Whether two articles are instalments of a series, which are never linked."""
        rows = np.array(sorted((self._row_of[a], self._row_of[b])))
        title_keys = self._index.records["title_key"]
        return bool(are_series(self._window, title_keys, rows[:1], rows[1:])[0])

    def threshold(self, a: int, b: int) -> float:
        """Return what two single articles must reach to form a story."""
        late = max(self._row_of[a], self._row_of[b])
        return self._thresholds(late)[2]

    def _thresholds(self, late: int) -> Thresholds:
        compared = count_before(self._window, self._span)[late]
        return Thresholds(STRICTNESS[self._settings.strictness], int(compared))

    def difference(self, a: int, b: int, limit: int = MAX_WORDS) -> Difference:
        """Return what two articles have in common and what not."""
        rows = self._row_of[a], self._row_of[b]
        early, late = (np.array([row]) for row in sorted(rows))
        (shared,) = rarest_shared_words(self._window, early, late, limit)
        own = [self._own_words(row, other) for row, other in (rows, rows[::-1])]
        wordings = self._index.wordings([*rows])
        spelled = word_spellings(wordings, [[*shared, *own[0]], own[1]])
        both, only_a, only_b = (
            tuple(spelling[word] for word in words if word in spelling)
            for words, spelling in ((shared, spelled[0]), (own[0], spelled[0]), (own[1], spelled[1]))
        )
        return Difference(both, only_a, only_b, contributions(self._window, early, late).losses)

    def _own_words(self, row: int, other: int) -> list[int]:
        """Return the words of the title that another article lacks, and the numbers: names first, then the rarest."""
        words, flags, rarity = self._window.words[row], self._window.flags[row], self._window.rarity[row]
        own = (words > 0) & ~np.isin(words, self._window.words[other]) & (flags & (TITLE | NUMBER) > 0)
        columns = np.flatnonzero(own)
        rank = np.where(flags[columns] & NAME > 0, 0, np.where(flags[columns] & NUMBER > 0, 1, 2))
        order = np.lexsort((-rarity[columns].astype(int), rank))
        chosen: list[int] = words[columns[order][:MAX_OWN_WORDS]].tolist()
        return chosen

    def groups(self, first: Sequence[int], second: Sequence[int]) -> GroupCloseness:
        """Return how close two stories are. `first`, `second`: keys of their articles."""
        links = [
            min(max(score, MIN_LOG_ODDS), MAX_LOG_ODDS)
            for a in first
            for b in second
            if (score := self._stored(in_order(a, b))) is not None and score > NEVER
        ]
        size = len(first) + len(second)
        means = [np.mean([self._articles[self._row_of[key]].time for key in keys]) for keys in (first, second)]
        seconds = abs(float(means[0] - means[1]))
        late = max(self._row_of[key] for key in (*first, *second))
        best = tuple(sorted(links, reverse=True)) or (MIN_LOG_ODDS,)
        return GroupCloseness(
            links=mean_of_best(best, len(first), len(second)),
            loss=distance_loss(seconds, size),
            hours=seconds / 3600,
            threshold=self._thresholds(late)[size],
        )

    def hours(self, a: int, b: int) -> float:
        """Return the hours from article `b` to article `a`."""
        return (self._articles[self._row_of[a]].time - self._articles[self._row_of[b]].time) / 3600


def closest_articles(
    members: Sequence[GroupedArticle], wanted: Collection[int], lookup: Lookup, frequencies: bytes | None
) -> dict[int, Shares]:
    """Return the reasons of some articles of a story: the most similar other one, and what both share.

    An article that shares too little with all others is left out.
    """
    comparer = Comparer(members, StoriesSettings(), lookup, frequencies)
    pairs = [(article.key, key) for key in wanted for article in members if article.key != key]
    scores = comparer.scores(pairs)
    reasons = {}
    for key in wanted:
        others = [article.key for article in members if in_order(key, article.key) in scores]
        if others:
            closest = max(others, key=lambda other: (scores[in_order(key, other)], -other))
            words = comparer.difference(key, closest, MAX_REASON_WORDS).words
            reasons[key] = Shares(closest, words, round(comparer.hours(key, closest), 2))
    return reasons
