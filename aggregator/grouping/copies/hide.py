"""Hide copies under their originals."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.copies.judge import judge
from aggregator.grouping.copies.text import read_text
from aggregator.grouping.reasons import IsCopy, encode
from aggregator.grouping.types import Pair, in_order


def hide_copies(index: ArticleIndex, pairs: Iterable[Pair], apart_by_hand: frozenset[Pair]) -> None:
    """Find the copies among similar articles, and set their originals.

    `pairs`: positions, the earlier article first. The earlier article is the original, unless only the later one is
    stored already. `apart_by_hand`: pairs of keys that the user has declared different.
    """
    states = index.states
    suspects = []
    for early, late in pairs:
        original, copy = (late, early) if states[early].new and not states[late].new else (early, late)
        if states[copy].new:
            suspects.append((copy, original))
    suspects.sort(key=lambda pair: [(states[position].time, position) for position in pair])
    positions = list({position for pair in suspects for position in pair})
    texts = dict(zip(positions, map(read_text, index.wordings(positions)), strict=True))
    for copy, original in suspects:
        root = states[original].original
        root = original if root is None else root
        if (
            states[copy].original is not None
            or root == copy
            or in_order(states[copy].key, states[root].key) in apart_by_hand
        ):
            continue
        if evidence := judge(texts[original], texts[copy]):
            states[copy].original = root
            states[copy].why = encode(IsCopy(evidence))
