"""Keys of new rows: a sequence in PostgreSQL, where several processes insert; in SQLite, what follows the last key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table


def new_keys(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return keys for new rows of a table, in ascending order."""
    if connection.dialect.name == "postgresql":
        query = "SELECT nextval(%s::regclass) FROM generate_series(1, %s)"
        rows = connection.exec_driver_sql(query, (f"{table.name}_key_seq", count))
        return sorted(rows.scalars())
    last = connection.exec_driver_sql(f"SELECT max(key) FROM {table.name}").scalar() or 0  # noqa: S608 - a table's name
    return range(last + 1, last + 1 + count)
