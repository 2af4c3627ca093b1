"""Queries across the store: one article by URL or id, and deleting old articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from aggregator.model import Article
from aggregator.store import search
from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch, from_row, index_keys, moment
from aggregator.store.prepared import Prepared
from aggregator.store.reasons import (
    article_reason,
    renew_reasons,
    renew_storylines,
    storylines_of,
)
from aggregator.store.short_ids import short_id
from aggregator.store.storylines import prune_storylines

_READ = (
    "SELECT articles.*, contents.html, sources.name AS source_name, sources.address FROM articles "
    "JOIN sources ON sources.key = articles.source LEFT JOIN contents ON contents.article = articles.key "
)
_FIND = Prepared(  # with all sources, since the indexes begin with the source
    f"{_READ} WHERE articles.key IN ("  # noqa: S608 - constants
    "SELECT key FROM articles WHERE source IN (SELECT key FROM sources) AND index_key(url) IN :urls "
    "UNION SELECT key FROM articles WHERE source IN (SELECT key FROM sources) AND index_key(guid) IN :guids"
    ") ORDER BY articles.key"
)
_WITH_ID = Prepared(f"{_READ} WHERE articles.id = :id ORDER BY articles.key")
_WITH_KEYS = Prepared(f"{_READ} WHERE articles.key IN :keys ORDER BY articles.key")
_OF_STORY = Prepared("SELECT * FROM articles WHERE key = :key AND story = :story")
_FIND_DROPPED = Prepared(
    "SELECT dropped.*, sources.name AS source_name, sources.address FROM dropped "
    "JOIN sources ON sources.key = dropped.source "
    "WHERE index_key(dropped.url) IN :urls OR index_key(dropped.id) IN :ids"
)
# `last_seen` is updated once a day, so more than a day before the last full answer means: not in that answer. Articles
# with a manual correction are kept: they are labelled pairs.
_OLD = Prepared(
    "SELECT articles.key, articles.story FROM articles JOIN sources ON sources.key = articles.source "
    "WHERE articles.last_seen < :before AND articles.last_seen < sources.last_full - 2 * 86400 "
    "AND articles.key NOT IN (SELECT a FROM corrections UNION SELECT b FROM corrections)"
)
_SHOWN = Prepared("SELECT story FROM shown")
_FORGET_ORIGINAL = Prepared("UPDATE articles SET duplicate_of = NULL WHERE duplicate_of = :key")
_DELETE_ARTICLE = Prepared("DELETE FROM articles WHERE key = :key")
_DELETE_EMPTY_STORIES = Prepared(
    "DELETE FROM stories WHERE NOT EXISTS (SELECT 1 FROM articles WHERE articles.story = stories.id)"
)
_PRUNE_DROPPED = Prepared("DELETE FROM dropped WHERE seen < :before")


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
    urls, guids = index_keys(connection, addresses), index_keys(connection, [identifier])
    stored = _traces(connection, _FIND.named(connection, urls=urls, guids=guids))
    return stored + _find_dropped(connection, urls, guids)


def find_by_id(connection: Connection, identifier: str) -> list[Trace]:
    """Return the articles with this id. Reads the whole table: an id that is not the guid is rare, and not indexed."""
    return _traces(connection, _WITH_ID.named(connection, id=identifier))


def traces_of(connection: Connection, keys: Sequence[int]) -> list[Trace]:
    """Return the articles with these keys, in order of their keys."""
    return _traces(connection, _WITH_KEYS.named(connection, keys=sorted(keys)))


def _traces(connection: Connection, rows: Iterable[Any]) -> list[Trace]:
    return [_trace(connection, row) for row in [*rows]]


def _trace(connection: Connection, row: Any) -> Trace:
    seen = moment(row.last_seen)
    assert seen
    original = row.duplicate_of

    def of_story(key: int) -> Article | None:
        return _article_of_story(connection, key, row.story)

    return Trace(
        source=row.source_name or row.address,
        key=row.key,
        article=from_row(row, row.html),
        title=row.title,
        url=row.url,
        id=row.id,
        guid=row.guid,
        seen=seen,
        story=row.story,
        why=article_reason(row.why, original, of_story) or None,
        was=row.was,
        original=of_story(original) if original is not None else None,
        original_key=original,
    )


def _article_of_story(connection: Connection, key: int, story: str | None) -> Article | None:
    row = next(_OF_STORY.named(connection, key=key, story=story), None)
    return from_row(row) if row is not None else None


def _find_dropped(connection: Connection, urls: Sequence[str], ids: Sequence[str]) -> list[Trace]:
    traces = []
    for row in _FIND_DROPPED.named(connection, urls=urls, ids=ids):
        seen = moment(row.seen)
        assert seen
        traces.append(
            Trace(
                source=row.source_name or row.address,
                title=row.title,
                url=row.url,
                id=row.id,
                seen=seen,
                dropped_by=row.filter,
                reason=row.reason,
            )
        )
    return traces


def prune(connection: Connection, before: datetime) -> int:
    """Delete the articles last seen before this time that are no longer in their feed and that no output shows. Returns
    their number."""
    old_articles = _OLD.execute(connection, before=epoch(before)).fetchall()
    visible = set(_SHOWN.column(connection)) if old_articles else set()
    keys = sorted(key for key, story in old_articles if story not in visible)
    if keys:
        search.forget(connection, keys)
        rows = [{"key": key} for key in keys]
        _FORGET_ORIGINAL.execute_many(connection, rows)
        _DELETE_ARTICLE.execute_many(connection, rows)
        left = {story for _, story in old_articles if story is not None} - visible
        sagas = storylines_of(connection, left)
        _DELETE_EMPTY_STORIES.execute(connection)
        renew_reasons(connection, left)
        renew_storylines(connection, sagas)
    prune_storylines(connection)
    _PRUNE_DROPPED.execute(connection, before=epoch(before))
    return len(keys)
