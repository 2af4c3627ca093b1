"""Reads and writes the Retry-After rules of publishers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, select

from aggregator.http.retry_after import RetryAfterRule
from aggregator.store.prepared import Prepared, inserting
from aggregator.store.schema import holds

_DELETE = Prepared(delete(holds).where(holds.c.scope == bindparam("scope")))
_INSERT = inserting(holds, ("scope", "until", "count"))


def read_rules(connection: Connection) -> list[RetryAfterRule]:
    """Return all stored rules, expired ones included."""
    rows = connection.execute(select(holds.c.scope, holds.c.until, holds.c.count))
    return [RetryAfterRule(*row) for row in rows]


def write_rules(connection: Connection, changes: Mapping[str, RetryAfterRule | None]) -> None:
    """Store changed rules by scope; None deletes one."""
    _DELETE.execute_many(connection, [{"scope": scope} for scope in sorted(changes)])
    rows = [{"scope": rule.scope, "until": rule.until, "count": rule.count} for rule in changes.values() if rule]
    _INSERT.execute_many(connection, rows)
