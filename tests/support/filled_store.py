"""Fills every table of a store with values at the limits of their types, and reads all rows."""

from __future__ import annotations

import random
import sqlite3
import string
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aggregator.store import StoreLocation
from aggregator.store.database import open_database
from aggregator.store.prepared import inserting
from aggregator.store.schema import INDEXES, TABLES, creation

Rows = dict[str, list[tuple[Any, ...]]]

ROWS = 12
"""Rows of each table: more than are copied at first, and each value at least once."""
LONG = "".join(random.Random(6).choices(string.ascii_letters, k=6000))
"""A guid or URL that no compression makes small enough for an index."""
SHORT_TEXTS = ("plain", "Zoë 👩‍👩‍👧 ﷽", "\0with\0NUL", "\ufffe\u202e\r\n\t\x7f", "%s :x ? '\"\\ {}", "")
TEXTS = (*SHORT_TEXTS, LONG, "\0")
YEARS = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1, 2040, 9999))
INTEGERS = (0, *YEARS, 2**63 - 1, -(2**63))
BLOBS = (b"", b"\0\xff", bytes(range(256)) * 50)


_DIGESTS = {statement.split()[2] for statement in INDEXES if "index_key" in statement}
"""Indexes that contain a digest in PostgreSQL."""


class Column(NamedTuple):
    """A column, as SQLite describes it. `refers_to`: table and column of a foreign key; `is_unique`, `is_indexed`:
    alone or with others."""

    name: str
    type: str
    is_nullable: bool
    is_key: bool
    refers_to: tuple[str, str] | None
    is_unique: bool
    is_indexed: bool


def fill(location: StoreLocation) -> None:
    """Write rows into each table of a new store, whatever its columns are: those of a new table, too."""
    with closing(open_database(location)) as database:
        database.connection.execute("BEGIN")
        values: dict[tuple[str, str], list[Any]] = {}
        for table in TABLES:
            columns = _columns(table.name)
            rows = [{column.name: _value(column, number, values) for column in columns} for number in range(ROWS)]
            values |= {(table.name, column.name): [row[column.name] for row in rows] for column in columns}
            inserting(table, table.columns).execute_many(database.connection, rows)
        database.connection.execute("COMMIT")


def _columns(table: str) -> list[Column]:
    with closing(sqlite3.connect(":memory:")) as schema:
        for statement in creation("sqlite"):
            schema.execute(statement)
        refers_to = {row[3]: (row[2], row[4]) for row in schema.execute(f"PRAGMA foreign_key_list({table})")}
        unique, indexed = set[str](), set[str]()
        for _, index, is_unique, *_ in schema.execute(f"PRAGMA index_list({table})").fetchall():
            columns = {row[2] for row in schema.execute(f"PRAGMA index_info({index})")}
            unique |= columns if is_unique else set()
            indexed |= columns if index not in _DIGESTS else set()
        return [
            Column(name, type, not required, bool(key), refers_to.get(name), name in unique, name in indexed)
            for _, name, type, required, _, key in schema.execute(f"PRAGMA table_info({table})")
        ]


def _value(column: Column, number: int, values: dict[tuple[str, str], list[Any]]) -> Any:
    if column.refers_to:
        return values[column.refers_to][number]
    if column.is_nullable and not column.is_key and number % 4 == 3:
        return None
    if column.name == "indexed":
        return 0  # a copy has no full-text index yet
    if column.type == "INTEGER":
        return number + 1 if column.is_key else INTEGERS[number % len(INTEGERS)]
    if column.type == "BLOB":
        return BLOBS[number % len(BLOBS)] + bytes([number])
    if column.name == "copies":  # the only column that copying reads
        return '[["00-1.png",1,1,"image/png"]]'
    # Of texts that are not indexed themselves, PostgreSQL indexes a digest.
    texts = SHORT_TEXTS if column.is_key or column.is_indexed else TEXTS
    return f"{number}{texts[number % len(texts)]}" if column.is_key or column.is_unique else texts[number % len(texts)]


def rows_of(location: StoreLocation) -> Rows:
    """Return all rows of each table, sorted."""
    with closing(open_database(location)) as database:
        return {
            table.name: sorted(map(tuple, database.connection.execute(f"SELECT * FROM {table.name}")), key=repr)
            for table in TABLES
        }


def without_nul(rows: Rows) -> Rows:
    """Return rows as PostgreSQL stores them."""
    return {
        name: sorted((tuple(_without_nul(value) for value in row) for row in table), key=repr)
        for name, table in rows.items()
    }


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
