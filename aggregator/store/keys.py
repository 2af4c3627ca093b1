"""Keys of new rows: a sequence in PostgreSQL, where several processes insert; in SQLite, what follows the last key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table

from aggregator.store.prepared import run


def new_keys(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return keys for new rows of a table, in ascending order."""
    if connection.dialect.name == "postgresql":
        query = "SELECT nextval(%s::regclass) FROM generate_series(1, %s)"
        rows = connection.exec_driver_sql(query, (f"{table.name}_key_seq", count))
        return sorted(rows.scalars())
    (last,) = run(connection, f"SELECT coalesce(max(key), 0) FROM {table.name}").fetchone()  # noqa: S608 - its name
    return range(last + 1, last + 1 + count)
