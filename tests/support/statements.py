"""Records the SQL statements that a connection executes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aggregator.store.connection import Connection, Rows


@contextmanager
def recorded(connection: Connection) -> Iterator[list[str]]:
    """Within the context, collect the statements of a connection; those of SQLite contain their parameters."""
    statements: list[str] = []
    if not isinstance(connection, sqlite3.Connection):
        with pytest.MonkeyPatch.context() as patch:
            for name in ("execute", "executemany"):
                patch.setattr(connection, name, _recording(getattr(connection, name), statements))
            yield statements
        return
    connection.set_trace_callback(statements.append)
    yield statements
    connection.set_trace_callback(None)


def _recording(method: Callable[..., Rows], statements: list[str]) -> Callable[..., Rows]:
    def call(statement: str, *arguments: Any) -> Rows:
        statements.append(statement)
        return method(statement, *arguments)

    return call
