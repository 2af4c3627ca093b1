"""Reads and writes the pauses that publishers have asked for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from aggregator.http.retry_after import RetryAfterRule
from aggregator.store.schema import holds


def read_holds(connection: Connection) -> list[RetryAfterRule]:
    """Return all stored pauses, expired ones included."""
    rows = connection.execute(select(holds.c.scope, holds.c.until, holds.c.count))
    return [RetryAfterRule(*row) for row in rows]


def write_holds(connection: Connection, changes: Mapping[str, RetryAfterRule | None]) -> None:
    """Store changed pauses by scope; None deletes one."""
    connection.execute(delete(holds).where(holds.c.scope == bindparam("of")), [{"of": scope} for scope in changes])
    kept = [{"scope": one.scope, "until": one.until, "count": one.count} for one in changes.values() if one]
    if kept:
        connection.execute(insert(holds), kept)
