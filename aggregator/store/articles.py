"""Articles as they come in: which are known, and one transaction for all that a source gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from aggregator.ingest.identify import Identified, Known, Sighting, is_long
from aggregator.store.mapping import chunks, epoch, marks, moment, to_row
from aggregator.store.schema import dropped

TOUCH_EVERY = timedelta(days=1)


class DroppedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sighting that a filter dropped, and why."""

    sighting: Sighting
    filter: str
    reason: str


class Saved(msgspec.Struct, frozen=True):
    """How many articles were new, and how many were known and changed."""

    new: int
    updated: int


def unchanged(connection: Connection, source: int, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
    """Those of the fingerprints that are stored, or were dropped by the same filters."""
    found: set[bytes] = set()
    for chunk in chunks(fingerprints):
        shown = f"source = ? AND fingerprint IN ({marks(chunk)})"
        stored = f"SELECT fingerprint FROM articles WHERE {shown}"  # noqa: S608
        rejected = f"SELECT fingerprint FROM dropped WHERE {shown} AND filters = ?"  # noqa: S608
        found.update(connection.exec_driver_sql(stored, (source, *chunk)).scalars())
        found.update(connection.exec_driver_sql(rejected, (source, *chunk, filters)).scalars())
    return found


def known(connection: Connection, source: int, sightings: Sequence[Sighting], present: set[bytes]) -> list[Known]:
    """The stored articles of the source that share guid, address, text, or title and date with a sighting.

    `present`: fingerprints of those that the source shows unchanged; they are themselves, and nobody else.
    """
    rows: dict[int, Any] = {}
    for column, values in _lookups(sightings):
        # The index of dates does not begin with the source; without the sign all of the source would be read.
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
    """Insert what is new and bring what is known up to date. An article keeps its id and the time it was first seen."""
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
    # Written out: compiling the statement for every source takes as long as carrying it out.
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
    """Remember what the filters dropped, so that it is known while they stay the same."""
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
    """Note that these are still in their feed; at most once a day each, so that a run writes next to nothing."""
    stale = epoch(now - TOUCH_EVERY)
    for table, column in (("articles", "last_seen"), ("dropped", "seen")):
        for chunk in chunks(sorted(fingerprints)):
            statement = (
                f"UPDATE {table} SET {column} = ? "  # noqa: S608
                f"WHERE source = ? AND {column} < ? AND fingerprint IN ({marks(chunk)})"
            )
            connection.exec_driver_sql(statement, (epoch(now), source, stale, *chunk))
