"""What somebody decides by hand: an article does not belong to a story, two stories are one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from aggregator.errors import StoreError
from aggregator.grouping.types import BY_HAND, Grouping, Pair, Placement, in_order, story_id
from aggregator.model import Article
from aggregator.store.grouping import by_key
from aggregator.store.mapping import epoch
from aggregator.store.schema import articles, corrections, stories

MOST = 40
"""Articles of a story that a decision is noted for, the newest."""


class Correction(msgspec.Struct, frozen=True):
    """Two articles, and whether somebody has said that they tell one story. `made`: epoch seconds."""

    a: Article
    b: Article
    same: bool
    made: int


def split(connection: Connection, key: int, now: datetime) -> Grouping:
    """Take an article, with its copies, out of its story. Raises StoreError where it is alone."""
    row = connection.execute(select(articles).where(articles.c.key == key)).one()
    others = [other for other in _originals(connection, row.story) if other.key != key]
    if not others:
        raise StoreError(f"{row.title!r} is alone in its story: there is nothing to split it from")
    _decide(connection, [(key, other.key) for other in others], False, now)
    story = story_id(f"{row.story}\n{key}")
    return Grouping(
        placements=[Placement(key=key, story=story, previous_story=row.story)], new_stories={story: row.date}
    )


def merge(connection: Connection, first: str, second: str, now: datetime) -> Grouping:
    """Make one story of two: the one that began later goes into the other."""
    query = select(stories.c.id, stories.c.began).where(stories.c.id.in_([first, second]))
    began = {row.id: row.began for row in connection.execute(query)}
    old, new = sorted((first, second), key=lambda story: (began[story], story))
    kept, joining = _originals(connection, old), _originals(connection, new)
    _decide(connection, [(a.key, b.key) for a in kept for b in joining], True, now)
    moved = [Placement(key=row.key, story=old, why=BY_HAND, previous_story=new) for row in joining]
    return Grouping(placements=moved, merged={new: old})


def _originals(connection: Connection, story: str) -> list[Any]:
    query = select(articles.c.key, articles.c.date).where(articles.c.story == story, articles.c.duplicate_of.is_(None))
    return list(connection.execute(query.order_by(articles.c.date.desc()).limit(MOST)))


def _decide(connection: Connection, pairs: Iterable[Pair], same: bool, now: datetime) -> None:
    """The last word counts."""
    rows = [(*in_order(*pair), int(same), epoch(now)) for pair in pairs]
    connection.exec_driver_sql("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?)", rows)


def all_corrections(connection: Connection) -> list[Correction]:
    """Every pair, the oldest first."""
    rows = connection.execute(select(corrections).order_by(corrections.c.made, corrections.c.a, corrections.c.b)).all()
    keys = {key for row in rows for key in (row.a, row.b)}
    found = by_key(connection, sorted(keys))
    return [Correction(found[row.a], found[row.b], bool(row.same), row.made) for row in rows]
