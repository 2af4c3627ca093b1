"""Reads the stored articles of a source for comparison, and writes what the source gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from aggregator.ingest.identify import DroppedItem, Identified, Known, Sighting, is_long
from aggregator.store.mapping import chunks, epoch, marks, moment, to_row
from aggregator.store.schema import dropped

TOUCH_EVERY = timedelta(days=1)


class Saved(msgspec.Struct, frozen=True):
    """Numbers of articles that were inserted, and of those whose text was updated."""

    new: int
    updated: int


def unchanged(connection: Connection, source: int, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
    """Return those fingerprints that are stored, or were dropped by the same filters (`filters`: their digest)."""
    found: set[bytes] = set()
    for chunk in chunks(fingerprints):
        shown = f"source = ? AND fingerprint IN ({marks(chunk)})"
        stored = f"SELECT fingerprint FROM articles WHERE {shown}"  # noqa: S608
        rejected = f"SELECT fingerprint FROM dropped WHERE {shown} AND filters = ?"  # noqa: S608
        found.update(connection.exec_driver_sql(stored, (source, *chunk)).scalars())
        found.update(connection.exec_driver_sql(rejected, (source, *chunk, filters)).scalars())
    return found


def known(connection: Connection, source: int, sightings: Sequence[Sighting], present: set[bytes]) -> list[Known]:
    """Return the stored articles of the source that share guid, URL, text or date with a sighting.

    `present`: fingerprints of the articles that the source lists unchanged.
    """
    rows: dict[int, Any] = {}
    for column, values in _lookups(sightings):
        # "+source" keeps SQLite from using an index of sources: the one of dates is more selective.
        of_source = "+source" if column == "date" else "source"
        for chunk in chunks(sorted(values)):
            query = (
                "SELECT key, id, guid, url, title, summary, text, published, first_seen, date, fingerprint "  # noqa: S608
                f"FROM articles WHERE {of_source} = ? AND {column} IN ({marks(chunk)})"
            )
            rows.update((row[0], row) for row in connection.exec_driver_sql(query, (source, *chunk)))
    return [_known(row, row.fingerprint in present) for row in rows.values()]


def _lookups(sightings: Sequence[Sighting]) -> Iterable[tuple[str, set[Any]]]:
    yield "guid", {one.guid for one in sightings if one.guid}
    yield "url", {one.article.url for one in sightings if one.article.url}
    yield "text", {one.text for one in sightings if one.text}
    yield "date", {epoch(one.article.published) for one in sightings if one.article.published}


def _known(row: Any, present: bool) -> Known:
    first_seen = moment(row.first_seen)
    assert first_seen
    return Known(
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


def save_articles(connection: Connection, source: int, identified: Sequence[Identified], now: datetime) -> Saved:
    """Insert new articles and update known ones, which keep their id and `first_seen`."""
    new = [one.sighting for one in identified if one.known is None]
    changed = [(one.sighting, one.known) for one in identified if one.known is not None]
    if new:
        _insert(connection, source, new, now)
    for sighting, stored in changed:
        _update(connection, sighting, stored, now)
    texts_changed = sum(1 for sighting, stored in changed if sighting.text != stored.text)
    return Saved(len(new), texts_changed)


def _insert(connection: Connection, source: int, sightings: Sequence[Sighting], now: datetime) -> None:
    first = (connection.exec_driver_sql("SELECT max(key) FROM articles").scalar() or 0) + 1
    keyed = [*enumerate(sightings, first)]
    rows = [to_row(one.article) | _own(one, now) | {"key": key, "source": source} for key, one in keyed]
    # Plain SQL: compiling an SQLAlchemy statement for every source takes as long as executing it.
    statement = f"INSERT INTO articles ({', '.join(rows[0])}) VALUES ({marks(rows[0])})"  # noqa: S608 - names of columns
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])
    _keep_contents(connection, [(key, one.article.content) for key, one in keyed])


def _keep_contents(connection: Connection, contents: Iterable[tuple[int, str | None]]) -> None:
    rows = [(key, html) for key, html in contents if html]
    if rows:
        connection.exec_driver_sql("INSERT INTO contents (article, html) VALUES (?, ?)", rows)


def _own(one: Sighting, now: datetime) -> dict[str, Any]:
    return {"guid": one.guid, "fingerprint": one.fingerprint, "text": one.text, "last_seen": epoch(now)}


def _update(connection: Connection, sighting: Sighting, stored: Known, now: datetime) -> None:
    first_seen = min(stored.first_seen, sighting.article.first_seen)
    article = sighting.article.replace(id=stored.id, first_seen=first_seen, backlog=stored.backlog)
    values = to_row(article) | _own(sighting, now) | {"indexed": 0}
    statement = f"UPDATE articles SET {', '.join(f'{name} = ?' for name in values)} WHERE key = ?"  # noqa: S608
    connection.exec_driver_sql(statement, (*values.values(), stored.key))
    connection.exec_driver_sql("DELETE FROM contents WHERE article = ?", (stored.key,))
    connection.exec_driver_sql("DELETE FROM records WHERE article = ?", (stored.key,))
    _keep_contents(connection, [(stored.key, article.content)])


def save_dropped(
    connection: Connection, source: int, items: Sequence[DroppedItem], filters: bytes, now: datetime
) -> None:
    """Store what the filters dropped, so that it is skipped while the filters stay the same."""
    rows = []
    for item in items:
        article = item.sighting.article
        rows.append(
            {
                "source": source,
                "fingerprint": item.sighting.fingerprint,
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
    """Update `last_seen` of items that are still in their feed, at most once a day, so that most runs write nothing."""
    stale = epoch(now - TOUCH_EVERY)
    for table, column in (("articles", "last_seen"), ("dropped", "seen")):
        for chunk in chunks(sorted(fingerprints)):
            statement = (
                f"UPDATE {table} SET {column} = ? "  # noqa: S608
                f"WHERE source = ? AND {column} < ? AND fingerprint IN ({marks(chunk)})"
            )
            connection.exec_driver_sql(statement, (epoch(now), source, stale, *chunk))
