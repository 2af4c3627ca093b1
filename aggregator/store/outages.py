"""Outages of sources, derived from their states at the end of each run."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch, moment
from aggregator.store.prepared import Prepared

_CONTINUE = Prepared(
    "INSERT INTO episodes (source, began, attempts, kind, error) "
    "SELECT key, ill_since, failures, kind, error FROM sources WHERE failures > 0 AND ill_since IS NOT NULL "
    "ON CONFLICT (source, began) "
    "DO UPDATE SET attempts = excluded.attempts, kind = excluded.kind, error = excluded.error"
)
_END = Prepared(
    "UPDATE episodes SET ended = "
    "coalesce((SELECT last_success FROM sources WHERE key = source AND last_success >= episodes.began), :now) "
    "WHERE ended IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM sources WHERE key = source AND ill_since = episodes.began)"
)
_PRUNE = Prepared("DELETE FROM episodes WHERE ended < :before")
_READ = Prepared("SELECT source, began, ended, attempts, kind, error FROM episodes ORDER BY began DESC, source")


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """An outage. `source`: the key of its state; `ended`: None while it lasts; `kind`, `error`: of the last failure."""

    source: int
    began: datetime
    ended: datetime | None
    attempts: int
    kind: str | None
    error: str | None


def update_outages(connection: Connection, now: datetime, before: datetime) -> None:
    """Continue the outages of failing sources, end those of others, and delete those that ended `before`."""
    _CONTINUE.execute(connection)
    _END.execute(connection, now=epoch(now))
    _PRUNE.execute(connection, before=epoch(before))


def read_outages(connection: Connection) -> list[Outage]:
    """Return all outages, latest first."""
    rows, times = _READ.named(connection), ("began", "ended")
    return [Outage(**(row._asdict() | {name: moment(getattr(row, name)) for name in times})) for row in rows]
