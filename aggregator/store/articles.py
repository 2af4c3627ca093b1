"""Reads the stored articles of a source that fetched ones may match; writes new, changed and dropped articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from aggregator.ingest.identify import DroppedItem, FetchedArticle, Identified, StoredArticle, is_long
from aggregator.store.mapping import chunks, epoch, moment, placeholders, to_row
from aggregator.store.schema import dropped

TOUCH_EVERY = timedelta(days=1)


class SaveCounts(msgspec.Struct, frozen=True):
    """Numbers of articles that were inserted, and of those whose text was updated."""

    new: int
    updated: int


def unchanged(connection: Connection, source: int, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
    """Return those fingerprints that are stored, or were dropped by the same filters (`filters`: their digest)."""
    known: set[bytes] = set()
    for chunk in chunks(fingerprints):
        listed = f"source = ? AND fingerprint IN ({placeholders(chunk)})"
        stored = f"SELECT fingerprint FROM articles WHERE {listed}"  # noqa: S608
        rejected = f"SELECT fingerprint FROM dropped WHERE {listed} AND filters = ?"  # noqa: S608
        known.update(connection.exec_driver_sql(stored, (source, *chunk)).scalars())
        known.update(connection.exec_driver_sql(rejected, (source, *chunk, filters)).scalars())
    return known


def match_candidates(
    connection: Connection, source: int, fetched: Sequence[FetchedArticle], present: set[bytes]
) -> list[StoredArticle]:
    """Return the stored articles of the source that share guid, URL, text or date with a fetched one.

    `present`: fingerprints of the articles that the source lists unchanged.
    """
    rows: dict[int, Any] = {}
    for column, values in _match_columns(fetched):
        # "+source" keeps SQLite from using an index of sources: the one of dates is more selective.
        of_source = "+source" if column == "date" else "source"
        for chunk in chunks(sorted(values)):
            query = (
                "SELECT key, id, guid, url, title, summary, text, published, first_seen, date, fingerprint "  # noqa: S608
                f"FROM articles WHERE {of_source} = ? AND {column} IN ({placeholders(chunk)})"
            )
            rows.update((row[0], row) for row in connection.exec_driver_sql(query, (source, *chunk)))
    return [_stored_article(row, row.fingerprint in present) for row in rows.values()]


def _match_columns(fetched: Sequence[FetchedArticle]) -> Iterable[tuple[str, set[Any]]]:
    yield "guid", {one.guid for one in fetched if one.guid}
    yield "url", {one.article.url for one in fetched if one.article.url}
    yield "text", {one.text for one in fetched if one.text}
    yield "date", {epoch(one.article.published) for one in fetched if one.article.published}


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


def save_articles(connection: Connection, source: int, identified: Sequence[Identified], now: datetime) -> SaveCounts:
    """Insert new articles and update known ones, which keep their id and `first_seen`."""
    new = [one.fetched for one in identified if one.stored is None]
    changed = [(one.fetched, one.stored) for one in identified if one.stored is not None]
    if new:
        _insert(connection, source, new, now)
    for fetched, stored in changed:
        _update(connection, fetched, stored, now)
    texts_changed = sum(1 for fetched, stored in changed if fetched.text != stored.text)
    return SaveCounts(len(new), texts_changed)


def _insert(connection: Connection, source: int, fetched: Sequence[FetchedArticle], now: datetime) -> None:
    first = (connection.exec_driver_sql("SELECT max(key) FROM articles").scalar() or 0) + 1
    keyed = [*enumerate(fetched, first)]
    rows = [to_row(one.article) | _identity_columns(one, now) | {"key": key, "source": source} for key, one in keyed]
    # Plain SQL: compiling an SQLAlchemy statement for every source takes as long as executing it.
    statement = f"INSERT INTO articles ({', '.join(rows[0])}) VALUES ({placeholders(rows[0])})"  # noqa: S608 - names of columns
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])
    _write_contents(connection, [(key, one.article.content) for key, one in keyed])
    connection.exec_driver_sql("UPDATE sources SET began = ? WHERE key = ? AND began IS NULL", (epoch(now), source))


def _write_contents(connection: Connection, contents: Iterable[tuple[int, str | None]]) -> None:
    rows = [(key, html) for key, html in contents if html]
    if rows:
        connection.exec_driver_sql("INSERT INTO contents (article, html) VALUES (?, ?)", rows)


def _identity_columns(fetched: FetchedArticle, now: datetime) -> dict[str, Any]:
    return {
        "guid": fetched.guid,
        "fingerprint": fetched.fingerprint,
        "text": fetched.text,
        "last_seen": epoch(now),
    }


def _update(connection: Connection, fetched: FetchedArticle, stored: StoredArticle, now: datetime) -> None:
    first_seen = min(stored.first_seen, fetched.article.first_seen)
    article = fetched.article.replace(id=stored.id, first_seen=first_seen, backlog=stored.backlog)
    values = to_row(article) | _identity_columns(fetched, now) | {"indexed": 0}
    statement = f"UPDATE articles SET {', '.join(f'{name} = ?' for name in values)} WHERE key = ?"  # noqa: S608
    connection.exec_driver_sql(statement, (*values.values(), stored.key))
    connection.exec_driver_sql(
        "UPDATE stories SET stale = 1 WHERE digest IS NOT NULL AND id = (SELECT story FROM articles WHERE key = ?)",
        (stored.key,),
    )
    connection.exec_driver_sql("DELETE FROM contents WHERE article = ?", (stored.key,))
    connection.exec_driver_sql("DELETE FROM records WHERE article = ?", (stored.key,))
    _write_contents(connection, [(stored.key, article.content)])


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
    if rows:
        connection.execute(insert(dropped).prefix_with("OR REPLACE"), rows)


def touch(connection: Connection, source: int, fingerprints: Iterable[bytes], now: datetime) -> None:
    """Update `last_seen` of items that the source still lists, at most once a day, so that most runs write nothing."""
    stale = epoch(now - TOUCH_EVERY)
    for table, column in (("articles", "last_seen"), ("dropped", "seen")):
        for chunk in chunks(sorted(fingerprints)):
            statement = (
                f"UPDATE {table} SET {column} = ? "  # noqa: S608
                f"WHERE source = ? AND {column} < ? AND fingerprint IN ({placeholders(chunk)})"
            )
            connection.exec_driver_sql(statement, (epoch(now), source, stale, *chunk))
