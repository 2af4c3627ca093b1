"""Stories from pairs: which articles belong together, given how strongly each pair seems to.

Articles are taken in by time, some hours of news at once, and groups grow by joining the two that belong together most
(agglomerative clustering). Two groups are as close as the mean of their best links: `EACH` for each article of the
smaller one, or a `SHARE` of all pairs where that is more. In a large story not every article must be like every other,
but each must be like several, and the more there are, the more: that keeps a running topic from swallowing one
development after the other. Two articles alone need a stronger link than groups do, because nothing else vouches for
them.

Groups never come apart: what comes later can join two, but takes nothing out of either.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aggregator.grouping.types import Pair, in_order

EACH = 5
"""Links that each article of the smaller group should have into the larger one."""
SHARE = 0.2
"""The share of all pairs between two groups that is looked at, where that is more."""
UNLIKE, ALIKE = -4.0, 4.0
"""The least and the most log-odds that a pair counts; one without a link counts the least."""
APART = float("-inf")
"""The log-odds of a pair that must not be one story."""
ALONE, TOGETHER = 0.6, -1.5
"""The log-odds that two articles alone must reach, and those that large groups must."""
GROWTH = 2.0
"""Articles by which a group must have grown to be a third of the way from the one to the other."""


class Links(NamedTuple):
    """Pairs of articles, by their places in a list, and the log-odds of their being one story."""

    a: npt.NDArray[np.int64]
    b: npt.NDArray[np.int64]
    odds: npt.NDArray[np.float32]


@cache
def bar(articles: int, strictness: float = 0.0) -> float:
    """The log-odds that two groups of so many articles together must reach to be joined."""
    return TOGETHER + (ALONE - TOGETHER) * math.exp(-(articles - 2) / GROWTH) + strictness


class Groups:
    """Groups of articles, and the links between them. A group is known by the place of one of its articles.

    `sizes`: how many articles each place stands for at first: 1, but more for one of a story that reaches back further
    than what is looked at.
    """

    def __init__(self, sizes: Sequence[int], strictness: float = 0.0) -> None:
        self.members: list[list[int]] = [[place] for place in range(len(sizes))]
        self._size = list(sizes)
        self._home = list(range(len(sizes)))
        self._links: list[dict[int, list[float]]] = [{} for _ in sizes]  # best first
        self._apart: dict[int, set[int]] = {}
        self._age = [0] * len(sizes)
        self._strictness = strictness
        self._least = TOGETHER + strictness
        self._waiting: list[tuple[float, int, int, int, int, int]] = []  # closest first

    def keep_apart(self, pairs: Iterable[Pair]) -> None:
        """Never join the groups of these."""
        for a, b in pairs:
            first, second = self._home[a], self._home[b]
            if first != second:  # what was put together by hand stays together
                self._apart.setdefault(first, set()).add(second)
                self._apart.setdefault(second, set()).add(first)

    def put_together(self, pairs: Iterable[Pair]) -> None:
        """Join the groups of these, whatever else speaks for or against it."""
        for a, b in pairs:
            first, second = self._home[a], self._home[b]
            if first != second:
                self._join(first, second)

    def link(self, links: Links) -> None:
        """Let groups be linked, and join those that are close enough."""
        home, near = self._home, self._links
        touched: dict[int, dict[int, list[float]]] = defaultdict(dict)
        apart = links.odds == APART
        self.keep_apart(zip(links.a[apart].tolist(), links.b[apart].tolist(), strict=True))
        counted = np.clip(links.odds, UNLIKE, ALIKE)
        for a, b, odds in zip(links.a.tolist(), links.b.tolist(), counted.tolist(), strict=True):
            first, second = home[a], home[b]
            if first != second:
                best = near[first].get(second)
                if best is None:
                    near[first][second] = near[second][first] = best = []
                best.append(odds)
                touched[first][second] = best
        for group, links_of in touched.items():
            for best in links_of.values():
                if len(best) > 1:
                    best.sort(reverse=True)
            self._look_around(group, links_of)
        self._join_all()

    def groups(self) -> list[list[int]]:
        """The groups, each a list of places."""
        return [sorted(members) for members in self.members if members]

    def _join_all(self) -> None:
        """Join the closest two until none are close enough.

        Of each group only the closest other waits (Müllner, Modern hierarchical, agglomerative clustering algorithms,
        2011); where that one is not as it was, the group looks around again. Two groups are seen by the one that
        changed last.
        """
        age = self._age
        while self._waiting:
            _, a, b, age_a, age_b, group = heapq.heappop(self._waiting)
            if age_a == age[a] and age_b == age[b]:
                group = self._join(a, b)
            elif age[group] != (age_a if group == a else age_b):
                continue
            self._look_around(group, self._links[group])

    def _look_around(self, group: int, links: dict[int, list[float]]) -> None:
        """Let a group wait to be joined with the closest of some others, if any is close enough.

        Two are as close as the mean of the best links between them.
        """
        sizes, size, apart = self._size, self._size[group], self._apart.get(group, ())
        found, closest = -1, self._least
        for other, best in links.items():
            if best[0] < closest:
                continue  # and so is the mean
            there = sizes[other]
            asked = bar(size + there, self._strictness)
            if best[0] < asked or other in apart:
                continue
            pairs, each = size * there, EACH * (size if size < there else there)
            share = int(SHARE * pairs)
            wanted = share if share > each else min(each, pairs)
            known = len(best)
            close = (sum(best) + (wanted - known) * UNLIKE if known < wanted else sum(best[:wanted])) / wanted
            if close < asked or (close == closest and found >= 0 and in_order(group, found) < in_order(group, other)):
                continue
            if close >= closest:
                found, closest = other, close
        if found >= 0:
            a, b = in_order(group, found)
            heapq.heappush(self._waiting, (-closest, a, b, self._age[a], self._age[b], group))

    def _join(self, a: int, b: int) -> int:
        """Make one group of two; by what it is known from now on."""
        if len(self._links[a]) < len(self._links[b]):
            a, b = b, a
        self.members[a] += self.members[b]
        for place in self.members[b]:
            self._home[place] = a
        self.members[b] = []
        self._size[a] += self._size[b]
        for other, odds in self._links[b].items():
            del self._links[other][b]
            if other != a:
                had = self._links[a].get(other)
                both = sorted(had + odds, reverse=True) if had else odds
                self._links[a][other] = self._links[other][a] = both
        self._links[b] = {}
        if b in self._apart:
            apart = self._apart.pop(b) - {a}
            self._apart.get(a, set()).discard(b)
            for other in apart:
                self._apart[other].discard(b)
                self._apart[other].add(a)
            self._apart.setdefault(a, set()).update(apart)
        self._age[a] += 1
        self._age[b] = -1
        return a
