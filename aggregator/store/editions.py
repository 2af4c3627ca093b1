"""Reads and writes the editions of past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch, moment
from aggregator.store.prepared import Prepared, replacing
from aggregator.store.schema import editions

_LIST = Prepared("SELECT output, day, made, stories, lead FROM editions ORDER BY day DESC, output")
_LIST_OF_OUTPUT = Prepared(
    "SELECT output, day, made, stories, lead FROM editions WHERE output = :output ORDER BY day DESC"
)
_READ = Prepared("SELECT body FROM editions WHERE output = :output AND day = :day")
_WRITE = replacing(editions, ("output", "day", "made", "stories", "lead", "body"))


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
    rows = _LIST.execute(connection) if output is None else _LIST_OF_OUTPUT.execute(connection, output=output)
    for name, day, made, stories, lead in rows:
        made_at = moment(made)
        assert made_at
        yield StoredEdition(output=name, day=date.fromisoformat(day), made=made_at, stories=stories, lead=lead)


def read_edition(connection: Connection, output: str, day: date) -> bytes | None:
    """Return the body of an edition, as `editions.snapshot` packed it; None if there is none of this day."""
    body: bytes | None = _READ.value(connection, output=output, day=day.isoformat())
    return body


def write_edition(connection: Connection, edition: StoredEdition, body: bytes) -> None:
    """Store the edition of a day, in the place of an earlier one of that day."""
    _WRITE.execute(
        connection,
        output=edition.output,
        day=edition.day.isoformat(),
        made=epoch(edition.made),
        stories=edition.stories,
        lead=edition.lead,
        body=body,
    )
