"""Find the articles that connect two articles of a story that are not close enough by themselves."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping

from aggregator.grouping.types import Pair, in_order


def connectors(scores: Mapping[Pair, float], a: int, b: int, threshold: float, limit: int) -> list[int]:
    """Return the articles whose pairs with both others reach the threshold, the strongest first."""
    found = []
    for other in {article for pair in scores for article in pair} - {a, b}:
        weaker = min(scores.get(in_order(a, other), -9.0), scores.get(in_order(b, other), -9.0))
        if weaker >= threshold:
            found.append((-weaker, other))
    return [other for _, other in sorted(found)[:limit]]


def strongest_chain(scores: Mapping[Pair, float], a: int, b: int) -> list[int]:
    """Return the articles from one to the other whose weakest pair is strongest, both ends included; the shortest of
    those that are equal. Empty if no pairs connect them."""
    neighbours: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (one, other), score in scores.items():
        neighbours[one].append((other, score))
        neighbours[other].append((one, score))
    queue: list[tuple[float, int, int, list[int]]] = [(float("-inf"), 1, a, [a])]  # negative strength, length
    done: set[int] = set()
    while queue:
        strength, length, article, path = heapq.heappop(queue)
        if article == b:
            return path
        if article in done:
            continue
        done.add(article)
        for other, score in neighbours[article]:
            if other not in done:
                heapq.heappush(queue, (max(strength, -score), length + 1, other, [*path, other]))
    return []
