"""The connection of a store: what the drivers of SQLite and PostgreSQL have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

Dialect = Literal["sqlite", "postgresql"]


class Rows(Protocol):
    """The result of a statement: its rows, as tuples of its columns. `description`: of each column, its name first."""

    @property
    def description(self) -> Any: ...

    @property
    def rowcount(self) -> int:
        """The number of rows that it has changed."""

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any:
        """Return the next row, None after the last one."""

    def fetchall(self) -> Sequence[Any]:
        """Return the remaining rows."""


class Connection(Protocol):
    """An open database, on which each statement is a transaction unless one was begun. One thread at a time uses it.

    `Error`: the base class of what its methods raise. Its methods take statements in the words of the driver, with `?`
    or `%s` for a parameter; `aggregator.store.prepared` has those that both databases understand.
    """

    dialect: Dialect

    @property
    def Error(self) -> type[Exception]: ...  # noqa: N802 - its name in the Python Database API (PEP 249)

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Execute a statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Rows:
        """Execute a statement for each row of parameters."""

    def close(self) -> None:
        """End the connection, and with it the transaction that was begun."""


def value_of(rows: Rows) -> Any:
    """Return the first column of the next row, None after the last one."""
    row = rows.fetchone()
    return None if row is None else row[0]
