"""Reads the stored articles of a source that fetched ones may match; writes new, changed and dropped articles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from aggregator.ingest.identify import DroppedItem, FetchedArticle, Identified, StoredArticle, is_long
from aggregator.model import Article
from aggregator.store.connection import Connection
from aggregator.store.keys import new_keys
from aggregator.store.mapping import COLUMNS, chunks, epoch, index_keys, moment, values_of
from aggregator.store.prepared import Prepared, inserting, replacing
from aggregator.store.schema import articles, contents, dropped

TOUCH_EVERY = timedelta(days=1)

_MATCHED = ("key", "id", "guid", "url", "title", "summary", "text", "published", "first_seen", "date", "fingerprint")
_WRITTEN = (*COLUMNS, "guid", "fingerprint", "text", "last_seen")
"""The columns of an article that come from its source."""


def _with(column: str) -> Prepared:
    return Prepared(f"SELECT {', '.join(_MATCHED)} FROM articles WHERE source = :source AND {column} IN :chunk")  # noqa: S608 - constants


_WITH_GUID, _WITH_URL = _with("index_key(guid)"), _with("index_key(url)")
_WITH_TEXT, _WITH_DATE = _with("text"), _with("date")
_STORED = Prepared("SELECT fingerprint FROM articles WHERE source = :source AND fingerprint IN :chunk")
_DROPPED = Prepared(
    "SELECT fingerprint FROM dropped WHERE source = :source AND fingerprint IN :chunk AND filters = :filters"
)
_INSERT = inserting(articles, ("key", "source", *_WRITTEN))
_INSERT_CONTENT = inserting(contents, ("article", "html"))
_BEGAN = Prepared("UPDATE sources SET began = :now WHERE key = :source AND began IS NULL")
_UPDATE = Prepared(
    f"UPDATE articles SET {', '.join(f'{name} = :{name}' for name in (*_WRITTEN, 'indexed'))} WHERE key = :key"  # noqa: S608 - constants
)
_DELETE_CONTENT = Prepared("DELETE FROM contents WHERE article = :key")
_DELETE_RECORD = Prepared("DELETE FROM records WHERE article = :key")
_MAKE_STALE = Prepared(
    "UPDATE stories SET stale = 1 WHERE id IN (SELECT id FROM stories WHERE digest IS NOT NULL "
    "AND id IN (SELECT story FROM articles WHERE key IN :keys) ORDER BY id FOR NO KEY UPDATE)"
)
_LOCK = Prepared(
    "SELECT key FROM articles WHERE source = :source "
    "AND (key IN :keys OR fingerprint IN :fingerprints AND last_seen < :stale) ORDER BY key FOR NO KEY UPDATE"
)
_DROP = replacing(dropped, dropped.columns)
_TOUCH = Prepared(
    "UPDATE articles SET last_seen = :now WHERE source = :source AND fingerprint IN :chunk AND last_seen < :stale"
)
_TOUCH_DROPPED = Prepared(
    "UPDATE dropped SET seen = :now WHERE source = :source AND fingerprint IN :chunk AND seen < :stale"
)


class SaveCounts(msgspec.Struct, frozen=True):
    """Numbers of articles that were inserted, and of those whose text was updated."""

    new: int
    updated: int


def unchanged(connection: Connection, source: int, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
    """Return those fingerprints that are stored, or were dropped by the same filters (`filters`: their digest)."""
    known: set[bytes] = set()
    for chunk in chunks(fingerprints):
        known.update(_STORED.column(connection, source=source, chunk=chunk))
        known.update(_DROPPED.column(connection, source=source, chunk=chunk, filters=filters))
    return known


def match_candidates(
    connection: Connection, source: int, fetched: Sequence[FetchedArticle], present: set[bytes]
) -> list[StoredArticle]:
    """Return the stored articles of the source that share guid, URL, text or date with a fetched one.

    `present`: fingerprints of the articles that the source lists unchanged.
    """
    rows: dict[int, Any] = {}
    for query, wanted in (
        (_WITH_GUID, index_keys(connection, {one.guid for one in fetched if one.guid})),
        (_WITH_URL, index_keys(connection, {one.article.url for one in fetched if one.article.url})),
        (_WITH_TEXT, sorted({one.text for one in fetched if one.text})),
        (_WITH_DATE, sorted({int(one.article.published.timestamp()) for one in fetched if one.article.published})),
    ):
        for chunk in chunks(wanted):
            rows.update((row[0], row) for row in query.named(connection, source=source, chunk=chunk))
    return [_stored_article(row, row.fingerprint in present) for row in rows.values()]


def _stored_article(row: Any, present: bool) -> StoredArticle:
    first_seen = moment(row.first_seen)
    assert first_seen
    return StoredArticle(
        key=row.key,
        id=row.id,
        guid=row.guid,
        url=row.url,
        title=row.title,
        text=row.text,
        published=moment(row.published),
        first_seen=first_seen,
        long=is_long(row.title, row.summary),
        present=present,
        backlog=row.date == 0,
    )


def lock_articles(
    connection: Connection, source: int, identified: Sequence[Identified], unchanged: Collection[bytes], now: datetime
) -> None:
    """Lock the articles of a source that will be written, in the order that grouping locks them, too. No-op in SQLite,
    where one process writes at a time."""
    keys = [one.stored.key for one in identified if one.stored]
    if connection.dialect == "postgresql" and (keys or unchanged):
        stale = epoch(now - TOUCH_EVERY)
        _LOCK.execute(connection, source=source, keys=keys, fingerprints=[*unchanged], stale=stale)


def save_articles(connection: Connection, source: int, identified: Sequence[Identified], now: datetime) -> SaveCounts:
    """Insert new articles and update known ones, which keep their id and `first_seen`."""
    new = [one.fetched for one in identified if one.stored is None]
    changed = [(one.fetched, one.stored) for one in identified if one.stored is not None]
    if new:
        _insert(connection, source, new, now)
    _update(connection, changed, now)
    texts_changed = sum(1 for fetched, stored in changed if fetched.text != stored.text)
    return SaveCounts(len(new), texts_changed)


def _insert(connection: Connection, source: int, fetched: Sequence[FetchedArticle], now: datetime) -> None:
    keyed = [*zip(new_keys(connection, articles, len(fetched)), fetched, strict=True)]
    seen = epoch(now)
    rows = [(key, source, *_written(one.article, one, seen)) for key, one in keyed]
    _INSERT.execute_tuples(connection, rows)
    _write_contents(connection, [(key, one.article.content) for key, one in keyed])
    _BEGAN.execute(connection, source=source, now=epoch(now))


def _write_contents(connection: Connection, written: Iterable[tuple[int, str | None]]) -> None:
    _INSERT_CONTENT.execute_many(connection, [{"article": key, "html": html} for key, html in written if html])


def _written(article: Article, fetched: FetchedArticle, seen: int | None) -> tuple[Any, ...]:
    """Return the values of `_WRITTEN`."""
    return (*values_of(article), fetched.guid, fetched.fingerprint, fetched.text, seen)


def _update(connection: Connection, changed: Sequence[tuple[FetchedArticle, StoredArticle]], now: datetime) -> None:
    rows = [_changed_row(fetched, stored, now) for fetched, stored in sorted(changed, key=lambda pair: pair[1].key)]
    if not rows:
        return
    _UPDATE.execute_many(connection, rows)
    _DELETE_CONTENT.execute_many(connection, rows)
    _DELETE_RECORD.execute_many(connection, rows)
    _write_contents(connection, [(stored.key, fetched.article.content) for fetched, stored in changed])
    for chunk in chunks([row["key"] for row in rows]):
        _MAKE_STALE.execute(connection, keys=chunk)


def _changed_row(fetched: FetchedArticle, stored: StoredArticle, now: datetime) -> dict[str, Any]:
    first_seen = min(stored.first_seen, fetched.article.first_seen)
    article = fetched.article.replace(id=stored.id, first_seen=first_seen, backlog=stored.backlog)
    written = _written(article, fetched, epoch(now))
    return dict(zip(_WRITTEN, written, strict=True)) | {"key": stored.key, "indexed": 0}


def save_dropped(
    connection: Connection, source: int, items: Sequence[DroppedItem], filters: bytes, now: datetime
) -> None:
    """Store the items that filters dropped, so that they are skipped while the filters stay the same."""
    rows = []
    for item in items:
        article = item.fetched.article
        rows.append(
            {
                "source": source,
                "fingerprint": item.fetched.fingerprint,
                "filters": filters,
                "id": article.id,
                "url": article.url,
                "title": article.title,
                "filter": item.filter,
                "reason": item.reason,
                "seen": epoch(now),
            }
        )
    _DROP.execute_many(connection, rows)


def touch(connection: Connection, source: int, fingerprints: Iterable[bytes], now: datetime) -> None:
    """Update `last_seen` of items that the source still lists, at most once a day, so that most runs write nothing."""
    stale = epoch(now - TOUCH_EVERY)
    for chunk in chunks(sorted(fingerprints)):
        for statement in (_TOUCH, _TOUCH_DROPPED):
            statement.execute(connection, now=epoch(now), source=source, stale=stale, chunk=chunk)
