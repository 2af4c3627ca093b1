"""Records the SQL statements that a connection executes, through SQLAlchemy or its driver alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event


@contextmanager
def recorded(connection: Connection) -> Iterator[list[str]]:
    """Within the context, collect the statements; those of SQLite contain their parameters."""
    statements: list[str] = []
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.set_trace_callback(statements.append)
        yield statements
        driver.set_trace_callback(None)
        return

    def record(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(connection.engine, "before_cursor_execute", record)
    yield statements
    event.remove(connection.engine, "before_cursor_execute", record)
