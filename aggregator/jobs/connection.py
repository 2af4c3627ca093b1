"""How jobs connect to PostgreSQL, and what they say about a connection that failed: never a password."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import AggregateError, StoreError
from aggregator.store import StoreLocation
from aggregator.store.postgresql import error_line, session_parameters, store_error


class ConnectionLostError(AggregateError):
    """The connection to the database failed; the text is one line without secrets."""


def connection_parameters(url: str) -> dict[str, Any]:
    """Return the parameters of an address for libpq. Raises ConnectionLostError if it is invalid."""
    import psycopg

    try:
        return session_parameters(url)
    except psycopg.Error:  # its text quotes the address
        raise ConnectionLostError("the address of the database is invalid") from None


def lost_connection(error: BaseException) -> ConnectionLostError | None:
    """Return what to report if the error, or its cause, is that of a connection that failed; None for other errors."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            return next((lost for one in cause.exceptions if (lost := lost_connection(one))), None)
        if lost := _lost(cause):
            return lost
        cause = cause.__cause__ or cause.__context__
    return None


def _lost(error: BaseException) -> ConnectionLostError | None:
    import psycopg

    if isinstance(error, ConnectionLostError):
        return error
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not _is_of_statement(error):
        return ConnectionLostError(error_line(error))
    return None


@contextmanager
def report_lost_connection() -> Iterator[None]:
    """Within the context, the error of a connection that failed becomes one line; those that are one are kept."""
    try:
        yield
    except AggregateError:
        raise
    except Exception as error:
        lost = lost_connection(error)
        if lost is None:
            raise
        raise lost from None


@contextmanager
def store_errors(location: StoreLocation) -> Iterator[None]:
    """Within the context, an error of the database becomes a StoreError, which names the store and what to do."""
    try:
        yield
    except ConnectionLostError as error:
        raise StoreError(f"{location}: the connection was lost ({error}); stored data is not lost") from error
    except AggregateError:
        raise
    except Exception as error:
        import psycopg

        if not isinstance(error, psycopg.Error):
            raise
        assert isinstance(location, DatabaseAddress)
        raise store_error(location, error) from error


def now_monotonic() -> float:
    """Return seconds of a clock that never jumps, and that goes on while the machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _is_of_statement(error: Any) -> bool:
    """Whether the server refused one statement only, such as for a deadlock (40P01) or a lock that timed out (55P03).
    Class 57P: it ends the session, class 08: the connection failed; errors of the client have no SQLSTATE."""
    return error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P", "53"))
