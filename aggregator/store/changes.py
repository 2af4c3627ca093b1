"""Notices that a store in PostgreSQL has changed: it is no file that can be watched, so the server is asked."""

from __future__ import annotations

import time
from contextlib import suppress

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import StoreError
from aggregator.store.connection import Connection, value_of

INTERVAL = 2.0
"""Seconds between two queries."""
_COUNT = (
    "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE schemaname = current_schema() "
    "AND relname IN ('articles', 'stories', 'storylines', 'outputs')"
)
"""What the server has counted: neither a scan nor a lock. Sessions report when they end, or are idle for ten seconds.
Publishing updates `outputs` after pictures were copied."""


class DatabaseChanges:
    """The changes of a store in PostgreSQL. `count` grows with each; it stays the same while the server is away."""

    def __init__(self, address: DatabaseAddress) -> None:
        self.address = address
        self._connection: Connection | None = None
        self._count: int | None = None
        self._next = 0.0

    def count(self) -> int | None:
        """Return the number of rows written so far, as of at most `INTERVAL` ago; None if it is not known yet."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + INTERVAL
            try:
                self._count = self._query()
            except StoreError:
                self.close()
        return self._count

    def close(self) -> None:
        """End the session, if there is one."""
        if self._connection:
            with suppress(self._connection.Error):
                self._connection.close()
        self._connection = None

    def _query(self) -> int:
        from aggregator.store.postgresql import connect, store_error

        if self._connection is None:
            self._connection = connect(self.address)
        try:
            return int(value_of(self._connection.execute(_COUNT)) or 0)
        except self._connection.Error as error:
            raise store_error(self.address, error) from error
