"""The door to the network for plugins that run in threads, and for filters."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from aggregator.http.client import Client, Http
from aggregator.http.response import Response, Validators

KEPT = 32 * 1024 * 1024
"""Bytes of answers that are kept for other articles with the same address."""


class FilterDoors:
    """The doors of a run's filters. Several sources often have the same article: its page is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: dict[tuple[Any, ...], asyncio.Task[Response]] = {}
        self._size = 0

    def open(self, progress: Callable[[], None]) -> FilterHttp:
        """A door. `progress`: called after each request."""
        return FilterHttp(self, self._client.door(None, Validators(), progress))

    async def answer(self, key: tuple[Any, ...], ask: Callable[[], Coroutine[Any, Any, Response]]) -> Response:
        """What was answered before, or is answered now. Raises what the request raises."""
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(ask())
            task.add_done_callback(partial(self._count, key))
        return await asyncio.shield(task)

    def _count(self, key: tuple[Any, ...], done: asyncio.Task[Response]) -> None:
        """Note how much is kept, and let the oldest go where it is too much."""
        self._size += _size(done) if self._asked.get(key) is done else 0
        while self._size > KEPT:
            oldest = next(iter(self._asked))
            self._size -= _size(self._asked.pop(oldest))


def _size(task: asyncio.Task[Response]) -> int:
    """Of an answer, in bytes; 0 while there is none."""
    done = task.done() and not task.cancelled() and task.exception() is None
    return len(task.result().body) if done else 0


class FilterHttp:
    """The door of an asynchronous filter."""

    def __init__(self, doors: FilterDoors, door: Http) -> None:
        self.url = None
        self.asking = 0
        self._doors = doors
        self._door = door

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
    ) -> Response:
        """See `Http.get`; in one run, the same request is made once."""
        key = (url, page, *sorted((headers or {}).items()), None, *sorted((params or {}).items()))
        self.asking += 1
        try:
            return await self._doors.answer(key, lambda: self._door.get(url, headers=headers, params=params, page=page))
        finally:
            self.asking -= 1

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`."""
        self.asking += 1
        try:
            return await self._door.connect(host, port)
        finally:
            self.asking -= 1

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `Http.waiting`."""
        return self._door.waiting(seconds)

    @property
    def waits_until(self) -> float:
        """See `Http.waiting`."""
        return self._door.waits_until


class DistantHttp:
    """The door of an asynchronous plugin whose loop runs in a thread of its own."""

    def __init__(self, door: Http | FilterHttp, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    async def get(self, url: str, **how: Any) -> Response:
        """See `Http.get`."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._door.get(url, **how), self._loop))

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`."""
        connecting = self._door.connect(host, port)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(connecting, self._loop))

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `Http.waiting`."""
        return self._door.waiting(seconds)


class BlockingHttp:
    """The door of a plain function, which runs in a thread of its own."""

    def __init__(self, door: Http | FilterHttp, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    def get(self, url: str, **how: Any) -> Response:
        """See `Http.get`; returns when the answer is there."""
        return asyncio.run_coroutine_threadsafe(self._door.get(url, **how), self._loop).result()

    def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`; the socket blocks, for the time-out at most."""
        return asyncio.run_coroutine_threadsafe(self._door.connect(host, port), self._loop).result()

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `Http.waiting`."""
        return self._door.waiting(seconds)
