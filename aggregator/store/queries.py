"""Queries across the store: one article by URL or id, and deleting old articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, or_, select, text

from aggregator.model import Article
from aggregator.store import search
from aggregator.store.mapping import epoch, from_row, index_keys, moment
from aggregator.store.prepared import Prepared
from aggregator.store.reasons import (
    article_reason,
    renew_reasons,
    renew_storylines,
    storylines_of,
)
from aggregator.store.schema import IndexKey, articles, contents, corrections, dropped, shown, sources
from aggregator.store.short_ids import short_id
from aggregator.store.storylines import prune_storylines

_FORGET_ORIGINAL = Prepared(text("UPDATE articles SET duplicate_of = NULL WHERE duplicate_of = :key"))
_DELETE_ARTICLE = Prepared(text("DELETE FROM articles WHERE key = :key"))
_DELETE_EMPTY_STORIES = Prepared(
    text("DELETE FROM stories WHERE NOT EXISTS (SELECT 1 FROM articles WHERE articles.story = stories.id)")
)


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All data about one article or dropped item.

    `key`: None for a dropped item; `was`: id of the story that it was in before; `original`: the article that it is a
    copy of, and `original_key`, its key; `dropped_by`, `reason`: the filter that dropped it, and why.
    """

    source: str
    key: int | None = None
    article: Article | None = None
    title: str
    url: str | None
    id: str
    guid: str | None = None
    seen: datetime
    story: str | None = None
    why: str | None = None
    was: str | None = None
    original: Article | None = None
    original_key: int | None = None
    dropped_by: str | None = None
    reason: str | None = None

    @property
    def short_id(self) -> str | None:
        """The short id of an article; None for a dropped item."""
        return None if self.key is None else short_id(self.key)


def find(connection: Connection, identifier: str, url: str | None) -> list[Trace]:
    """Return the articles with this URL (`url`: its canonical form) or guid, and the dropped items with it or this id.

    The guid of an article is its id, unless its publisher has changed it: see `find_by_id`.
    """
    addresses = [address for address in {identifier, url} if address]
    every = articles.c.source.in_(select(sources.c.key))  # the indexes begin with the source
    urls, guids = index_keys(connection, addresses), index_keys(connection, [identifier])
    by_url = select(articles.c.key).where(every, IndexKey(articles.c.url).in_(urls))
    by_guid = select(articles.c.key).where(every, IndexKey(articles.c.guid).in_(guids))
    stored = _read(connection, articles.c.key.in_(by_url.union(by_guid)))
    return stored + _find_dropped(connection, identifier, addresses)


def find_by_id(connection: Connection, identifier: str) -> list[Trace]:
    """Return the articles with this id. Reads the whole table: an id that is not the guid is rare, and not indexed."""
    return _read(connection, articles.c.id == identifier)


def traces_of(connection: Connection, keys: Sequence[int]) -> list[Trace]:
    """Return the articles with these keys, in order of their keys."""
    return _read(connection, articles.c.key.in_(sorted(keys))) if keys else []


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[Trace]:
    source_name = sources.c.name.label("source_name")
    query = select(articles, contents.c.html, source_name, sources.c.address)
    query = query.join(sources, sources.c.key == articles.c.source).outerjoin(
        contents, contents.c.article == articles.c.key
    )
    rows = connection.execute(query.where(condition).order_by(articles.c.key)).mappings().all()
    return [_trace(connection, row) for row in rows]


def _trace(connection: Connection, row: Any) -> Trace:
    seen = moment(row["last_seen"])
    assert seen
    original = row["duplicate_of"]

    def of_story(key: int) -> Article | None:
        return _article_of_story(connection, key, row["story"])

    return Trace(
        source=row["source_name"] or row["address"],
        key=row["key"],
        article=from_row(row, row["html"]),
        title=row["title"],
        url=row["url"],
        id=row["id"],
        guid=row["guid"],
        seen=seen,
        story=row["story"],
        why=article_reason(row["why"], original, of_story) or None,
        was=row["was"],
        original=of_story(original) if original is not None else None,
        original_key=original,
    )


def _article_of_story(connection: Connection, key: int, story: str | None) -> Article | None:
    query = select(articles).where(articles.c.key == key, articles.c.story == story)
    row = connection.execute(query).mappings().first()
    return from_row(row) if row is not None else None


def _find_dropped(connection: Connection, identifier: str, addresses: list[str]) -> list[Trace]:
    query = select(dropped, sources.c.name.label("source_name"), sources.c.address)
    query = query.join(sources, sources.c.key == dropped.c.source)
    urls, ids = index_keys(connection, addresses), index_keys(connection, [identifier])
    query = query.where(or_(IndexKey(dropped.c.url).in_(urls), IndexKey(dropped.c.id).in_(ids)))
    traces = []
    for row in connection.execute(query).mappings():
        seen = moment(row["seen"])
        assert seen
        traces.append(
            Trace(
                source=row["source_name"] or row["address"],
                title=row["title"],
                url=row["url"],
                id=row["id"],
                seen=seen,
                dropped_by=row["filter"],
                reason=row["reason"],
            )
        )
    return traces


def prune(connection: Connection, before: datetime) -> int:
    """Delete the articles last seen before this time that are no longer in their feed and that no output shows. Returns
    their number."""
    old = (
        select(articles.c.key, articles.c.story)
        .join(sources, sources.c.key == articles.c.source)
        .where(articles.c.last_seen < epoch(before))
        # `last_seen` is updated once a day, so more than a day before the last full answer means: not in that answer.
        .where(articles.c.last_seen < sources.c.last_full - 2 * 86400)
        # Articles with a manual correction are kept: they are labelled pairs.
        .where(articles.c.key.not_in(select(corrections.c.a).union(select(corrections.c.b))))
    )
    old_articles = connection.execute(old).all()
    visible = set(connection.execute(select(shown.c.story)).scalars()) if old_articles else set()
    keys = sorted(row.key for row in old_articles if row.story not in visible)
    if keys:
        search.forget(connection, keys)
        rows = [{"key": key} for key in keys]
        _FORGET_ORIGINAL.execute_many(connection, rows)
        _DELETE_ARTICLE.execute_many(connection, rows)
        left = {row.story for row in old_articles if row.story is not None} - visible
        sagas = storylines_of(connection, left)
        _DELETE_EMPTY_STORIES.execute(connection)
        renew_reasons(connection, left)
        renew_storylines(connection, sagas)
    prune_storylines(connection)
    connection.execute(delete(dropped).where(dropped.c.seen < epoch(before)))
    return len(keys)
