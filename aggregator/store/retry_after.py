"""Reads and writes the Retry-After rules of publishers. A rule only ever grows until it has expired."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.http.retry_after import MEMORY, RetryAfterRule
from aggregator.store.connection import Connection
from aggregator.store.prepared import Prepared

_READ = Prepared("SELECT scope, until, count FROM holds")
_DELETE = Prepared(  # one after `latest` was stored while the clock was wrong
    "DELETE FROM holds WHERE scope = :scope AND (until <= :now OR until > :latest)"
)
_WRITE = Prepared(  # another process may have stored a longer one
    "INSERT INTO holds (scope, until, count) VALUES (:scope, :until, :count) ON CONFLICT (scope) DO UPDATE SET "
    "until = CASE WHEN holds.until BETWEEN excluded.until AND :latest THEN holds.until ELSE excluded.until END, "
    "count = CASE WHEN holds.until BETWEEN :forgotten AND :latest AND holds.count > excluded.count "
    "THEN holds.count ELSE excluded.count END"
)


def read_rules(connection: Connection) -> list[RetryAfterRule]:
    """Return all stored rules, expired ones included."""
    return [RetryAfterRule(*row) for row in _READ.execute(connection)]


def write_rules(connection: Connection, changes: Mapping[str, RetryAfterRule | None]) -> None:
    """Store changed rules by scope; None deletes one that has expired."""
    now = int(time.time())
    times = {"now": now, "latest": now + MAX_RETRY_AFTER, "forgotten": now - MEMORY}
    _DELETE.execute_many(connection, [{"scope": scope} | times for scope in sorted(changes) if changes[scope] is None])
    written = [rule for _, rule in sorted(changes.items()) if rule]
    _WRITE.execute_many(connection, [msgspec.structs.asdict(rule) | times for rule in written])
