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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while self._running and kind is None:
                await self._wait_for_one()
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
            self._discard({task for task in self._running if task.done()})
        except BaseException:
            work.close()  # or Python warns that it was never awaited
            raise
        self._running.add(asyncio.create_task(work))
        while len(self._running) >= self._limit:
            await self._wait_for_one()

    async def _wait_for_one(self) -> None:
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        self._discard(done)

    def _discard(self, done: set[asyncio.Task[None]]) -> None:
        self._running -= done
        errors = [error for task in done if (error := task.exception())]
        if errors:
            raise errors[0]
