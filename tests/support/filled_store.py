"""Fills every table of a store with values at the limits of their types, and reads all rows."""

from __future__ import annotations

import random
import string
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, UniqueConstraint, select

from aggregator.store import StoreLocation
from aggregator.store.database import open_database
from aggregator.store.schema import metadata

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


def fill(location: StoreLocation) -> None:
    """Write rows into each table of a new store, whatever its columns are: those of a new table, too."""
    with closing(open_database(location)) as database:
        database.connection.exec_driver_sql("BEGIN")
        values: dict[str, list[Any]] = {}
        for table in metadata.sorted_tables:
            rows = [{column.name: _value(column, number, values) for column in table.c} for number in range(ROWS)]
            values |= {str(column): [row[column.name] for row in rows] for column in table.c}
            database.connection.execute(table.insert(), rows)
        database.connection.exec_driver_sql("COMMIT")


def _value(column: Column[Any], number: int, values: dict[str, list[Any]]) -> Any:
    kind: type = column.type.python_type
    if column.foreign_keys:
        [key] = column.foreign_keys
        return values[str(key.column)][number]
    if column.nullable and number % 4 == 3:
        return None
    if column.name == "indexed":
        return 0  # a copy has no full-text index yet
    if kind is int:
        return number + 1 if column.primary_key else INTEGERS[number % len(INTEGERS)]
    if kind is bytes:
        return BLOBS[number % len(BLOBS)] + bytes([number])
    if column.name == "copies":  # the only column that copying reads
        return '[["00-1.png",1,1,"image/png"]]'
    texts = SHORT_TEXTS if _is_indexed_whole(column) else TEXTS
    return f"{number}{texts[number % len(texts)]}" if _is_unique(column) else texts[number % len(texts)]


def _is_indexed_whole(column: Column[Any]) -> bool:
    """Whether indexes contain the text itself; of other texts, PostgreSQL indexes a digest."""
    indexes = [column for index in column.table.indexes for column in index.columns if "md5" not in str(index)]
    return column.primary_key or column in indexes or column in _unique(column)


def _is_unique(column: Column[Any]) -> bool:
    return column.primary_key or column in _unique(column)


def _unique(column: Column[Any]) -> list[Column[Any]]:
    constraints = column.table.constraints
    return [one for constraint in constraints if isinstance(constraint, UniqueConstraint) for one in constraint.columns]


def rows_of(location: StoreLocation) -> Rows:
    """Return all rows of each table, sorted."""
    with closing(open_database(location)) as database:
        return {
            table.name: sorted(map(tuple, database.connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def without_nul(rows: Rows) -> Rows:
    """Return rows as PostgreSQL stores them."""
    return {
        name: sorted((tuple(_without_nul(value) for value in row) for row in table), key=repr)
        for name, table in rows.items()
    }


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
