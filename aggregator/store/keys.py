"""Keys of new rows: a sequence in PostgreSQL, where several processes insert; in SQLite, what follows the last key."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.store.connection import Connection, value_of
from aggregator.store.dialects import Table


def new_keys(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return keys for new rows of a table, in ascending order."""
    if connection.dialect == "postgresql":
        query = "SELECT nextval(%s::regclass) FROM generate_series(1, %s)"
        return sorted(key for (key,) in connection.execute(query, (f"{table.name}_key_seq", count)))
    last = value_of(connection.execute(f"SELECT coalesce(max(key), 0) FROM {table.name}"))  # noqa: S608 - its name
    return range(last + 1, last + 1 + count)
