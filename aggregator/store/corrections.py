"""Manual corrections of stories: take an article out of a story, or merge two stories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from aggregator.errors import StoreError
from aggregator.grouping.reasons import BY_HAND
from aggregator.grouping.types import Grouping, Pair, Placement, in_order, story_id
from aggregator.model import Article
from aggregator.store.connection import Connection
from aggregator.store.grouping import by_key
from aggregator.store.mapping import epoch
from aggregator.store.prepared import Prepared, replacing
from aggregator.store.schema import corrections

MAX_ARTICLES = 40
"""The number of articles of a story, the newest ones, that a correction is stored for."""


_ARTICLE = Prepared("SELECT title, story, date FROM articles WHERE key = :key")
_BEGAN = Prepared("SELECT id, began FROM stories WHERE id IN :ids")
_ORIGINALS = Prepared(
    "SELECT key, date FROM articles WHERE story = :story AND duplicate_of IS NULL ORDER BY date DESC LIMIT :limit"
)
_ALL = Prepared("SELECT a, b, same, made FROM corrections ORDER BY made, a, b")
_DECIDE = replacing(corrections, ("a", "b", "same", "made"))


class Correction(msgspec.Struct, frozen=True):
    """A manual decision about two articles. `same`: whether they belong to one story; `made`: epoch seconds."""

    a: Article
    b: Article
    same: bool
    made: int


def split(connection: Connection, key: int, now: datetime) -> Grouping:
    """Take an article and its copies out of its story. Raises StoreError if the story has no other article."""
    row = next(_ARTICLE.named(connection, key=key))
    others = [other for other in _originals(connection, row.story) if other.key != key]
    if not others:
        raise StoreError(f"{row.title!r} is alone in its story: there is nothing to split it from")
    _decide(connection, [(key, other.key) for other in others], False, now)
    story = story_id(f"{row.story}\n{key}")
    return Grouping(
        placements=[Placement(key=key, story=story, previous_story=row.story)], new_stories={story: row.date}
    )


def merge(connection: Connection, first: str, second: str, now: datetime) -> Grouping:
    """Merge two stories: the one that began later is merged into the other."""
    began = dict(_BEGAN.execute(connection, ids=[first, second]))
    old, new = sorted((first, second), key=lambda story: (began[story], story))
    staying, joining = _originals(connection, old), _originals(connection, new)
    _decide(connection, [(a.key, b.key) for a in staying for b in joining], True, now)
    moved = [Placement(key=row.key, story=old, why=BY_HAND, previous_story=new) for row in joining]
    return Grouping(placements=moved, merged={new: old})


def _originals(connection: Connection, story: str) -> list[Any]:
    return list(_ORIGINALS.named(connection, story=story, limit=MAX_ARTICLES))


def _decide(connection: Connection, pairs: Iterable[Pair], same: bool, now: datetime) -> None:
    """Store a decision about pairs of articles; it replaces an earlier one."""
    ordered = [in_order(*pair) for pair in pairs]
    _DECIDE.execute_many(connection, [{"a": a, "b": b, "same": int(same), "made": epoch(now)} for a, b in ordered])


def all_corrections(connection: Connection) -> list[Correction]:
    """Return all corrections, oldest first."""
    rows = [*_ALL.named(connection)]
    keys = {key for row in rows for key in (row.a, row.b)}
    articles_by_key = by_key(connection, sorted(keys))
    return [Correction(articles_by_key[row.a], articles_by_key[row.b], bool(row.same), row.made) for row in rows]
