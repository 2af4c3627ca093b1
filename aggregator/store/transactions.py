"""Repeats transactions that conflicted with those of other processes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from aggregator.errors import StoreError

ATTEMPTS = 5
MAX_PAUSE = 0.2
"""Seconds before a transaction is repeated, at most: two that conflicted must not meet again."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class RolledBackError(StoreError):
    """The database has ended a transaction because it conflicted with another; it may succeed when it is repeated."""


class SupersededError(StoreError):
    """A worker that was stopped for a while wanted to store what another one has collected meanwhile."""


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
