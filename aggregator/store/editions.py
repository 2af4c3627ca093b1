"""Reads and writes the editions of past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection

from aggregator.store.mapping import epoch, moment


class StoredEdition(msgspec.Struct, frozen=True, kw_only=True):
    """The edition that an output had on a day.

    `output`: `OutputSettings.key`; `made`: when it last changed; `stories`: their number; `lead`: the headline of the
    lead story.
    """

    output: str
    day: date
    made: datetime
    stories: int
    lead: str


def list_editions(connection: Connection, output: str | None = None) -> Iterator[StoredEdition]:
    """Yield the stored editions, newest first; those of one output, or all."""
    rows = connection.exec_driver_sql(
        "SELECT output, day, made, stories, lead FROM editions WHERE ?1 IS NULL OR output = ?1 "
        "ORDER BY day DESC, output",
        (output,),
    )
    for name, day, made, stories, lead in rows:
        made_at = moment(made)
        assert made_at
        yield StoredEdition(output=name, day=date.fromisoformat(day), made=made_at, stories=stories, lead=lead)


def read_edition(connection: Connection, output: str, day: date) -> bytes | None:
    """Return the body of an edition, as `editions.snapshot` packed it; None if there is none of this day."""
    query = "SELECT body FROM editions WHERE output = ? AND day = ?"
    body: bytes | None = connection.exec_driver_sql(query, (output, day.isoformat())).scalar()
    return body


def write_edition(connection: Connection, edition: StoredEdition, body: bytes) -> None:
    """Store the edition of a day, in the place of an earlier one of that day."""
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO editions VALUES (?, ?, ?, ?, ?, ?)",
        (edition.output, edition.day.isoformat(), epoch(edition.made), edition.stories, edition.lead, body),
    )
