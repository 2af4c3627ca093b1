"""Reads and writes the Retry-After rules of publishers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from aggregator.http.retry_after import RetryAfterRule
from aggregator.store.schema import holds


def read_rules(connection: Connection) -> list[RetryAfterRule]:
    """Return all stored rules, expired ones included."""
    rows = connection.execute(select(holds.c.scope, holds.c.until, holds.c.count))
    return [RetryAfterRule(*row) for row in rows]


def write_rules(connection: Connection, changes: Mapping[str, RetryAfterRule | None]) -> None:
    """Store changed rules by scope; None deletes one."""
    connection.execute(delete(holds).where(holds.c.scope == bindparam("of")), [{"of": scope} for scope in changes])
    rows = [{"scope": rule.scope, "until": rule.until, "count": rule.count} for rule in changes.values() if rule]
    if rows:
        connection.execute(insert(holds), rows)
