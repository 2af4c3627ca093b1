"""Copies all rows of a store to another one, of either database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, RowMapping, Table, func, select, tuple_
from sqlalchemy.exc import DatabaseError, InvalidRequestError

from aggregator.errors import StoreError
from aggregator.store.database import Database
from aggregator.store.prepared import inserting
from aggregator.store.schema import articles, deliveries, metadata, sources

BATCH = 1000
"""Rows that are in memory at a time."""
_NUMBERED = ((sources, "key"), (articles, "key"), (deliveries, "id"))
"""The tables whose keys the store generates."""


def copy_rows(source: Database, target: Database) -> dict[str, int]:
    """Copy all rows in one transaction, as they were when it began. Returns the number of rows by table.

    The full-text index is not copied: the next search makes it. Raises StoreError if the target has sources already.
    """
    counts: dict[str, int] = {}
    with (
        source.errors(),
        _transaction(source.connection, source.snapshot),
        target.errors(),
        _transaction(target.connection, target.begin),
    ):
        if target.connection.execute(select(sources.c.key).limit(1)).first():
            raise StoreError(f"{target.location}: has sources already; copy to a new store")
        for table in metadata.sorted_tables:
            counts[table.name] = _copy_table(source.connection, target.connection, table)
        _continue_sequences(target.connection)
    return counts


@contextmanager
def _transaction(connection: Connection, begin: str) -> Iterator[None]:
    connection.exec_driver_sql(begin)
    try:
        yield
    except BaseException:
        with suppress(DatabaseError, InvalidRequestError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    insert, count = inserting(table, table.c.keys()), 0
    for rows in _batches(source, table):
        insert.execute_many(target, [dict(row) | {"indexed": 0} for row in rows])
        count += len(rows)
    return count


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    """Yield all rows of a table, in the order of its primary key."""
    key = [*table.primary_key]
    query = select(table).order_by(*key).limit(BATCH)
    rows = connection.execute(query).mappings().all()
    while rows:
        yield rows
        last = tuple_(*(rows[-1][column.name] for column in key))
        rows = connection.execute(query.where(tuple_(*key) > last)).mappings().all()


def _continue_sequences(connection: Connection) -> None:
    """Let PostgreSQL generate the keys that follow those copied."""
    if connection.dialect.name == "postgresql":
        for table, key in _NUMBERED:
            sequence = f"{table.name}_{key}_seq"
            last = select(func.setval(sequence, func.coalesce(func.max(table.c[key]), 0) + 1, False))
            connection.execute(last)
