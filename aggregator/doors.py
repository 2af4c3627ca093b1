"""The door to the network for plugins that run in threads, and for filters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aggregator.answers import Response, Validators
from aggregator.fetch import Client, Http

KEPT = 32 * 1024 * 1024
"""Bytes of answers that are kept for other articles with the same address."""


class FilterDoors:
    """The doors of a run's filters. Several sources often have the same article: its page is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: dict[tuple[Any, ...], asyncio.Task[Response]] = {}

    def open(self, progress: Callable[[], None]) -> FilterHttp:
        """A door. `progress`: called after each request."""
        return FilterHttp(self, self._client.door(None, Validators(), progress))

    async def answer(self, key: tuple[Any, ...], ask: Callable[[], Coroutine[Any, Any, Response]]) -> Response:
        """What was answered before, or is answered now. Raises what the request raises."""
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(ask())
            task.add_done_callback(self._forget_the_oldest)
        return await asyncio.shield(task)

    def _forget_the_oldest(self, done: asyncio.Task[Response]) -> None:
        if not done.cancelled():
            done.exception()  # nobody may be left to see it
        size = 0
        for key, task in reversed([*self._asked.items()]):
            size += len(task.result().body) if task.done() and not _failed(task) else 0
            if size > KEPT:
                del self._asked[key]


def _failed(task: asyncio.Task[Response]) -> bool:
    return task.cancelled() or task.exception() is not None


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


class DistantHttp:
    """The door of an asynchronous plugin whose loop runs in a thread of its own."""

    def __init__(self, door: Http | FilterHttp, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        **more: bool,
    ) -> Response:
        """See `Http.get`."""
        asked = self._door.get(url, headers=headers, params=params, page=page, **more)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._loop))


class BlockingHttp:
    """The door of a plain function, which runs in a thread of its own."""

    def __init__(self, door: Http, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool = False,
    ) -> Response:
        """See `Http.get`; returns when the answer is there."""
        asked = self._door.get(url, headers=headers, params=params, page=page, main=main)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()
