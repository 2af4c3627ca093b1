"""Coalesces identical requests for a list of sources: the first one is sent, the others wait for its response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from aggregator.http.origins import request_identity
from aggregator.http.response import FetchResult, Validators
from aggregator.text.urls import absolute

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Headers = frozenset[tuple[str, str]]


class SingleFlight(Generic[Key, Value]):
    """Makes one call per key; all callers with that key get its result, or the exception that it raised.

    Results are kept for later callers. `max_size`: how much is kept before the oldest are dropped, as measured by
    `size_of`; None keeps all.
    """

    def __init__(self, max_size: int | None = None, size_of: Callable[[Value], int] = lambda _: 0) -> None:
        self._max_size = max_size
        self._size_of = size_of
        self._size = 0
        self._tasks: dict[Key, asyncio.Task[Value]] = {}

    async def call(self, key: Key, function: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return the result for this key; the first caller's function produces it."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(function())
            task.add_done_callback(partial(self._completed, key))
        return await asyncio.shield(task)  # the call continues for the others when one caller is cancelled

    def result(self, key: Key) -> Value | None:
        """Return the result for this key; None if there is none yet, or the call has failed."""
        task = self._tasks.get(key)
        if task is None or not task.done() or task.cancelled() or task.exception():
            return None
        return task.result()

    def forget(self, key: Key) -> None:
        """Drop the result for this key: the next caller's function produces another one."""
        if (task := self._tasks.pop(key, None)) is not None and task.done():
            self._size -= self._task_size(task)

    def close(self) -> None:
        """Cancel the calls in progress and drop all results."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _completed(self, key: Key, task: asyncio.Task[Value]) -> None:
        size = self._task_size(task)  # retrieves the exception, too, which may have no caller left
        if self._max_size is None or self._tasks.get(key) is not task:
            return
        self._size += size
        while self._size > self._max_size:
            oldest = next(iter(self._tasks))
            self._size -= self._task_size(self._tasks.pop(oldest))

    def _task_size(self, task: asyncio.Task[Value]) -> int:
        succeeded = task.done() and not task.cancelled() and task.exception() is None
        return self._size_of(task.result()) if succeeded else 0


class SharedAddress:
    """An address that several sources have. `sources`: how many of them are not finished; `validators`: those that all
    of them have, or none if they differ, since the response must then be complete."""

    def __init__(self, validators: Sequence[Validators]) -> None:
        self.sources = len(validators)
        self.validators = validators[0] if all(one == validators[0] for one in validators) else Validators()
        self._requests = SingleFlight[Headers, FetchResult]()

    async def fetch(self, headers: Headers, fetch: Callable[[], Coroutine[Any, Any, FetchResult]]) -> FetchResult:
        """Return the response to a request with these headers. Raises what the first request raises."""
        return await self._requests.call(headers, fetch)

    def close(self) -> None:
        """Drop the responses and cancel the requests in progress."""
        self._requests.close()


class SharedAddresses:
    """The addresses that more than one source of a list has."""

    def __init__(self, sources: Iterable[tuple[str, Validators]] = ()) -> None:
        addresses: dict[str, list[Validators]] = {}
        for url, validators in sources:
            addresses.setdefault(request_identity(url), []).append(validators)
        self._shared = {url: SharedAddress(several) for url, several in addresses.items() if len(several) > 1}

    def find(self, url: str) -> SharedAddress | None:
        """Return the shared address, or None if only one source has it."""
        if not self._shared:
            return None
        target = absolute(url)
        return self._shared.get(request_identity(target)) if target else None

    def release(self, url: str) -> None:
        """Count one source as finished; after the last one, the responses are dropped."""
        if shared := self.find(url):
            shared.sources -= 1
            if not shared.sources:
                shared.close()

    def close(self) -> None:
        """Drop all responses and cancel the requests in progress."""
        for address in self._shared.values():
            address.close()
