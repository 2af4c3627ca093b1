"""A bounded set of asyncio tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Self


class BoundedTasks:
    """Runs coroutines as tasks, at most `limit` at once. To be used in an `async with` statement, which waits for the
    rest; on an exception it cancels them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._one_finished: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while self._running and kind is None:
                await self._wait_for_one()
            if kind is None:
                self._raise_error()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)  # or asyncio logs the exceptions of others

    @property
    def busy(self) -> bool:
        """Whether a task has not finished."""
        return not all(task.done() for task in self._running)

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task; if that makes `limit`, wait until one has finished. Raises what an earlier task raised."""
        try:
            self._raise_error()
        except BaseException:
            work.close()  # or Python warns that it was never awaited
            raise
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finish)
        while len(self._running) >= self._limit:
            await self._wait_for_one()

    async def _wait_for_one(self) -> None:
        """Wait until a task finishes. Not by `asyncio.wait`, which takes time for each of the tasks."""
        self._one_finished = asyncio.get_running_loop().create_future()
        await self._one_finished
        self._raise_error()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error:
            self._errors.append(error)
        if self._one_finished and not self._one_finished.done():
            self._one_finished.set_result(None)

    def _raise_error(self) -> None:
        if self._errors:
            raise self._errors[0]
