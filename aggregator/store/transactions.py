"""Transactions on a connection that otherwise commits each statement, and their repetition after a conflict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from aggregator.errors import StoreError
from aggregator.store.connection import Connection

ATTEMPTS = 5
MAX_PAUSE = 0.2
"""Seconds before a transaction is repeated, at most: two that conflicted must not meet again."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class RolledBackError(StoreError):
    """The database has ended a transaction because it conflicted with another; it may succeed when it is repeated."""


class SupersededError(StoreError):
    """A worker that was stopped for a while wanted to store what another one has collected meanwhile."""


@contextmanager
def transaction(connection: Connection, begin: str = "BEGIN") -> Iterator[None]:
    """Within the context, the statements are one transaction. `begin`: the statement that begins it."""
    connection.execute(begin)
    try:
        yield
    except BaseException:
        # A lost session, a full disk, or a signal within a statement has ended the transaction already.
        with suppress(connection.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def repeated(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Repeat a function that is one transaction when it is rolled back because of a conflict."""

    @wraps(function)
    def repeat(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        for _ in range(ATTEMPTS - 1):
            try:
                return function(*arguments, **options)
            except RolledBackError:
                time.sleep(random.uniform(0, MAX_PAUSE))  # noqa: S311 - no secret
        return function(*arguments, **options)

    return repeat
