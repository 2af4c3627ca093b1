"""Cluster linked articles into groups, by agglomerative clustering.

Links are added in order of time, and groups grow by merging the closest two. The closeness of two groups is the mean of
their best links: `LINKS_PER_ARTICLE` for each article of the smaller group, or `PAIR_SHARE` of all pairs if that is
more. So an article must resemble several articles of a large story, and the more the larger the story is, but not all
of them.

A story has a core in time, the mean date of its articles. The further two groups are apart, the closer they must be
otherwise: what comes days after most of a story is part of it only if it plainly reports the same event, and founds the
next story of the same affair if not. So a running topic does not absorb one development after the other.

Groups are never divided: later links can merge two groups, but do not remove articles.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import Pair, in_order

LINKS_PER_ARTICLE = 5
"""Best links that are averaged for each article of the smaller group."""
SMALL, LINKS_TO_SMALL = 8, 3
"""The same if the larger group has few articles: stories of this size, the most common ones, have few links."""
PAIR_SHARE = 0.2
"""Share of all pairs between two groups that is averaged, if that is more."""
MIN_LOG_ODDS, MAX_LOG_ODDS = -4.0, 4.0
"""Limits to which log-odds are clipped; a pair without a link counts as the lower one."""
NEVER = float("-inf")
"""The log-odds of a pair that must not be in one story."""
FREE_DAYS, LOSS_PER_DAY = 0.25, 3.0
"""Days between the mean dates of two groups that cost nothing, and the closeness lost with each further day: for two
groups of `LARGE` articles or more; proportionately less for smaller ones, which have no core yet."""
LARGE = 12
DAY = 86400

_PART = 50_000


class Links(NamedTuple):
    """Links between articles. `a`, `b`: articles by number; `log_odds`: that both tell the same story."""

    a: npt.NDArray[np.integer]
    b: npt.NDArray[np.integer]
    log_odds: npt.NDArray[np.float32]


def _each(links: Links) -> Iterator[tuple[int, int, float]]:
    """Yield each link with its log-odds clipped; in parts, since a million Python numbers take 100 MB."""
    for start in range(0, len(links.a), _PART):
        part = slice(start, start + _PART)
        clipped = np.clip(links.log_odds[part], MIN_LOG_ODDS, MAX_LOG_ODDS)
        yield from zip(links.a[part].tolist(), links.b[part].tolist(), clipped.tolist(), strict=True)


def links_per_article(size: int) -> int:
    """Return how many of the best links to a group of this size are averaged for each article."""
    return LINKS_TO_SMALL if size <= SMALL else LINKS_PER_ARTICLE


_Best = float | tuple[float, ...]
"""The log-odds of the links between two groups, the best first; of a single link the bare number, to save memory."""


def _joined(first: _Best, second: _Best) -> tuple[float, ...]:
    if isinstance(first, float):
        if isinstance(second, float):
            return (first, second) if first >= second else (second, first)
        first, second = second, first
    return tuple(sorted(first + ((second,) if isinstance(second, float) else second), reverse=True))


def distance_loss(seconds: float, articles: int) -> float:
    """Return the closeness that two groups of so many articles together lose if their mean dates are so far apart."""
    days = abs(seconds) / DAY - FREE_DAYS
    if days <= 0.0 or articles <= 2:
        return 0.0
    share = (articles - 2) / (LARGE - 2)
    return LOSS_PER_DAY * days * (share if share < 1.0 else 1.0)


def mean_of_best(best: _Best, size: int, other_size: int) -> float:
    """Return the mean of the best links between two groups of these sizes."""
    smaller, larger = (size, other_size) if size < other_size else (other_size, size)
    pairs = smaller * larger
    by_article = links_per_article(larger) * smaller
    wanted = int(PAIR_SHARE * pairs)
    if wanted <= by_article:
        wanted = by_article if by_article < pairs else pairs
    if isinstance(best, float):
        return (best + (wanted - 1) * MIN_LOG_ODDS) / wanted
    missing = wanted - len(best)
    total = sum(best) + missing * MIN_LOG_ODDS if missing > 0 else sum(best[:wanted])
    return total / wanted


class Clusters:
    """Groups of articles, and the links between them. A group is identified by the number of one of its articles.

    `times`: the date of each article, in epoch seconds; `sizes`: how many articles each number stands for: 1, or more
    for an article that also represents those of its story that are older than the window.
    """

    def __init__(self, times: Sequence[int], sizes: Sequence[int], thresholds: Thresholds) -> None:
        self._members: list[list[int]] = [[number] for number in range(len(sizes))]
        self._size = list(sizes)
        self._mean_time: list[float] = list(times)
        self._group_of = list(range(len(sizes)))
        self._links: list[dict[int, _Best]] = [{} for _ in sizes]  # by group and other group
        self._apart: dict[int, set[int]] = {}
        self._version = [0] * len(sizes)
        self._thresholds = thresholds
        self._queue: list[tuple[float, int, int, int, int, int]] = []  # closest first

    def keep_apart(self, pairs: Iterable[Pair]) -> None:
        """Never merge the groups of these pairs, unless they are one group already."""
        for a, b in pairs:
            first, second = self._group_of[a], self._group_of[b]
            if first != second:  # decisions to merge take precedence
                self._apart.setdefault(first, set()).add(second)
                self._apart.setdefault(second, set()).add(first)

    def merge(self, pairs: Iterable[Pair]) -> None:
        """Merge the groups of these pairs unconditionally."""
        for a, b in pairs:
            first, second = self._group_of[a], self._group_of[b]
            if first != second:
                self._merge(first, second)

    def links_between(self, links: Links) -> Links:
        """Return the links whose articles are not in one group."""
        group_of = np.array(self._group_of, np.int32)
        between = group_of[links.a] != group_of[links.b]
        return Links(*(values[between] for values in links))

    def add_links(self, links: Links) -> None:
        """Add links, and merge groups that are close enough."""
        group_of, links_of, sizes, thresholds = self._group_of, self._links, self._size, self._thresholds
        changed: dict[int, list[int]] = defaultdict(list)
        never = links.log_odds == NEVER
        self.keep_apart(zip(links.a[never].tolist(), links.b[never].tolist(), strict=True))
        several: dict[Pair, list[float]] = {}  # sorted once, as large stories have thousands of links
        for a, b, log_odds in _each(links):
            first, second = group_of[a], group_of[b]
            if first != second:
                links_of_first = links_of[first]
                if second not in links_of_first:
                    links_of_first[second] = links_of[second][first] = log_odds
                    if log_odds < thresholds[sizes[first] + sizes[second]]:
                        continue
                else:
                    several.setdefault(in_order(first, second), []).append(log_odds)
                changed[first].append(second)
        for (first, second), added in several.items():
            best = _joined(links_of[first][second], tuple(added))
            links_of[first][second] = links_of[second][first] = best
        for group, others in changed.items():
            links_of_group = links_of[group]
            self._enqueue_closest(group, [(other, links_of_group[other]) for other in others])
        self._merge_closest()

    def groups(self) -> list[list[int]]:
        """Return the groups, each a list of numbers."""
        return [sorted(members) for members in self._members if members]

    def kept_apart_by_dates(self) -> Iterator[Pair]:
        """Yield pairs of groups, each by one of its articles, that would be one if their dates were closer."""
        for group, links in enumerate(self._links):
            size, apart = self._size[group], self._apart.get(group, ())
            for other, best in links.items():
                if group < other and other not in apart:
                    threshold = self._thresholds[size + self._size[other]]
                    # The strongest link is known, and the mean is not higher.
                    strongest = best if isinstance(best, float) else best[0]
                    if strongest >= threshold and mean_of_best(best, size, self._size[other]) >= threshold:
                        yield self._members[group][0], self._members[other][0]

    def _merge_closest(self) -> None:
        """Merge the closest two groups until none are close enough.

        The queue holds only the closest other group of each group (Müllner, Modern hierarchical, agglomerative
        clustering algorithms, 2011). If that has changed since, the closest one is determined again. Two groups are
        queued by the one that changed last.
        """
        version = self._version
        while self._queue:
            _, a, b, version_a, version_b, group = heapq.heappop(self._queue)
            if version_a == version[a] and version_b == version[b]:
                group = self._merge(a, b)
            elif version[group] != (version_a if group == a else version_b):
                continue
            self._enqueue_closest(group, self._links[group].items())

    def _enqueue_closest(self, group: int, links: Iterable[tuple[int, _Best]]) -> None:
        """Queue a group with the closest of some other groups, if any is close enough. `links`: with other groups."""
        sizes, size, apart = self._size, self._size[group], self._apart.get(group, ())
        mean_time, time = self._mean_time, self._mean_time[group]
        closest, highest, thresholds = -1, self._thresholds.lowest, self._thresholds
        for other, best in links:
            strongest = best if isinstance(best, float) else best[0]
            if strongest < highest:
                continue  # the mean is not higher
            articles = size + sizes[other]
            threshold = thresholds[articles]
            if strongest < threshold or other in apart:
                continue
            closeness = strongest if articles == 2 else mean_of_best(best, size, articles - size)
            if closeness < highest:
                continue
            closeness -= distance_loss(time - mean_time[other], articles)
            if closeness < threshold or (
                closeness == highest and closest >= 0 and in_order(group, closest) < in_order(group, other)
            ):
                continue
            if closeness >= highest:
                closest, highest = other, closeness
        if closest >= 0:
            a, b = in_order(group, closest)
            heapq.heappush(self._queue, (-highest, a, b, self._version[a], self._version[b], group))

    def _merge(self, a: int, b: int) -> int:
        """Merge two groups; return the number of the result."""
        if len(self._links[a]) < len(self._links[b]):
            a, b = b, a
        self._members[a] += self._members[b]
        for number in self._members[b]:
            self._group_of[number] = a
        self._members[b] = []
        size, other_size = self._size[a], self._size[b]
        self._size[a] = size + other_size
        self._mean_time[a] = (size * self._mean_time[a] + other_size * self._mean_time[b]) / self._size[a]
        links_a, links_b = self._links[a], self._links[b]
        for other, best in links_b.items():
            links_of_other = self._links[other]
            del links_of_other[b]
            if other != a:
                existing = links_a.get(other)
                links_a[other] = links_of_other[a] = best if existing is None else _joined(existing, best)
        self._links[b] = {}
        if b in self._apart:
            self._move_apart(b, a)
        self._version[a] += 1
        self._version[b] = -1
        return a

    def _move_apart(self, old: int, new: int) -> None:
        """Keep apart from one group what was kept apart from another, which was merged into it."""
        apart = self._apart.pop(old) - {new}
        self._apart.get(new, set()).discard(old)
        for other in apart:
            self._apart[other].discard(old)
            self._apart[other].add(new)
        self._apart.setdefault(new, set()).update(apart)
