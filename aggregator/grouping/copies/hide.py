"""Hide copies under their originals."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.grouping.article_index import Shelf
from aggregator.grouping.copies.judge import judge, read_text
from aggregator.grouping.reasons import copied
from aggregator.grouping.types import Pair, in_order


def hide_copies(shelf: Shelf, alike: Iterable[Pair], parted: frozenset[Pair]) -> None:
    """Find the copies among articles that look alike, and note their originals.

    `alike`: pairs of places, the earlier article first; the earlier is the original, but what is published stays.
    `parted`: pairs of keys of which somebody has said that they are two.
    """
    rows = shelf.rows
    doubts = []
    for early, late in alike:
        original, copy = (late, early) if rows[early].new and not rows[late].new else (early, late)
        if rows[copy].new:
            doubts.append((copy, original))
    doubts.sort(key=lambda pair: [(rows[place].time, place) for place in pair])
    places = list({place for pair in doubts for place in pair})
    texts = dict(zip(places, map(read_text, shelf.articles(places)), strict=True))
    for copy, original in doubts:
        root = rows[original].original
        root = original if root is None else root
        if rows[copy].original is not None or root == copy or in_order(rows[copy].key, rows[root].key) in parted:
            continue
        if why := judge(texts[original], texts[copy]):
            rows[copy].original = root
            rows[copy].why = copied(why, shelf.articles([root])[0])
