"""Copies a store to another one, of either database: all rows, and the files of its pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from aggregator.errors import StoreError
from aggregator.pictures.files import copy_file
from aggregator.store.connection import Connection, value_of
from aggregator.store.database import Database, StoreLocation, has_store, lock_of_file, open_database
from aggregator.store.dialects import Table
from aggregator.store.pictures import names_of_copies
from aggregator.store.prepared import Prepared, inserting
from aggregator.store.schema import TABLES, articles, deliveries, pictures, sources
from aggregator.store.transactions import transaction

MAX_ROWS, BATCH_SIZE = 1000, 1_000_000
"""Rows that are in memory at a time, and about how many bytes they have."""
_NUMBERED = ((sources, "key"), (articles, "key"), (deliveries, "id"))
"""The tables whose keys the store generates."""

PATIENCE = 30.0
"""Seconds to wait while a worker publishes."""


def copy_store(source: StoreLocation, target: StoreLocation) -> dict[str, int]:
    """Copy a store to a new one, while no run uses either. Returns the number of rows by table.

    A copy that is interrupted leaves an empty store, and perhaps files of pictures, which the next one replaces.
    Raises StoreError, LockedError.
    """
    if _is_same_file(source, target):
        raise StoreError(f"{source}: cannot be copied to itself")
    if not has_store(source):
        raise StoreError(f"{source}: {'does not exist' if isinstance(source, Path) else 'contains no store'}")
    with (
        lock_of_file(source),
        closing(open_database(source)) as old,
        lock_of_file(target),
        closing(open_database(target)) as new,
    ):
        if _is_same_database(old, new):
            raise StoreError(f"{source}: cannot be copied to itself")
        for database in (old, new):
            database.refuse_workers()
            database.lock(PATIENCE)
        _refuse_rows(new)
        _copy_pictures(old, new)
        with new.durable():
            return copy_rows(old, new)


def _is_same_file(source: StoreLocation, target: StoreLocation) -> bool:
    if not isinstance(source, Path) or not isinstance(target, Path):
        return False
    return source.resolve() == target.resolve() or (source.exists() and target.exists() and source.samefile(target))


def _is_same_database(source: Database, target: Database) -> bool:
    """Whether two addresses are of one database: on a server that started at the same microsecond."""
    if {source.connection.dialect, target.connection.dialect} != {"postgresql"}:
        return False
    query = "SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()"
    found = []
    for database in (source, target):
        with database.errors():
            found.append(database.connection.execute(query).fetchone())
    return bool(found[0] == found[1])


def _refuse_rows(target: Database) -> None:
    """Raise StoreError if any table has a row."""
    with target.errors():
        for table in TABLES:
            if target.connection.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone():  # noqa: S608 - its name
                raise StoreError(f"{target.location}: is in use already; copy to a new store")


def _copy_pictures(source: Database, target: Database) -> None:
    """Copy the files of copied pictures, which the rows that are copied next name. Missing ones are left out."""
    if source.picture_folder.resolve() == target.picture_folder.resolve():
        return
    for rows in _batches(source, pictures):
        for name in names_of_copies(row.copies for row in rows):
            _copy_file(copy_file(source.picture_folder, name), copy_file(target.picture_folder, name))


def _copy_file(file: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        if file.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, part)
            part.replace(target)
    except OSError as error:
        raise StoreError(f"{target}: cannot be copied from {file} ({error.strerror})") from error


def copy_rows(source: Database, target: Database) -> dict[str, int]:
    """Copy all rows in one transaction, as they were when it began. Returns the number of rows by table.

    The full-text index is not copied: the next search makes it. Texts lose the character NUL in PostgreSQL, which no
    text there can contain. Raises StoreError if the target has rows already.
    """
    counts: dict[str, int] = {}
    with target.errors(), _reading(source), transaction(target.connection, target.begin):
        _refuse_rows(target)
        for table in TABLES:
            counts[table.name] = _copy_table(source, target.connection, table)
        _continue_sequences(target.connection)
    return counts


@contextmanager
def _reading(source: Database) -> Iterator[None]:
    """Read the data of one moment. Errors of the other store pass unchanged."""
    with source.errors():
        source.connection.execute(source.snapshot)
    try:
        yield
    finally:
        with suppress(source.connection.Error):
            source.connection.execute("ROLLBACK")


def _copy_table(source: Database, target: Connection, table: Table) -> int:
    insert, count = inserting(table, table.columns), 0
    for rows in _batches(source, table):
        insert.execute_many(target, [row._asdict() | {"indexed": 0} for row in rows])
        count += len(rows)
    return count


def _batches(source: Database, table: Table) -> Iterator[Sequence[Any]]:
    """Yield all rows of a table, in the order of its primary key: as many at a time as their sizes allow."""
    columns, key, after = ", ".join(table.columns), ", ".join(table.key), ", ".join(f":{name}" for name in table.key)
    first = Prepared(f"SELECT {columns} FROM {table.name} ORDER BY {key} LIMIT :limit")  # noqa: S608 - names
    later = Prepared(f"SELECT {columns} FROM {table.name} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT :limit")  # noqa: S608
    limit = 10
    rows = _read(source, first, {"limit": limit})
    while rows:
        yield rows
        limit = max(1, min(MAX_ROWS, 2 * limit, BATCH_SIZE * len(rows) // (_size(rows) + 1)))
        rows = _read(source, later, {"limit": limit} | {name: getattr(rows[-1], name) for name in table.key})


def _read(source: Database, query: Prepared, parameters: Mapping[str, Any]) -> list[Any]:
    with source.errors():
        return [*query.named(source.connection, **parameters)]


def _size(rows: Sequence[Any]) -> int:
    return sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))


def _continue_sequences(connection: Connection) -> None:
    """Let PostgreSQL generate the keys that follow those copied."""
    if connection.dialect == "postgresql":
        for table, key in _NUMBERED:
            last = value_of(connection.execute(f"SELECT max({key}) FROM {table.name}")) or 0  # noqa: S608 - names
            sequence = f"{table.name}_{key}_seq"
            connection.execute("SELECT setval(%s::regclass, %s, false)", (sequence, last + 1))
