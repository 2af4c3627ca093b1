"""Bounded tasks: at most so many at once, and the first exception ends them."""

from __future__ import annotations

import asyncio
import gc

import pytest

from aggregator.runtime.tasks import BoundedTasks


def test_no_more_than_the_limit_run_at_once() -> None:
    running, most, done = 0, 0, 0

    async def work() -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running, done = running - 1, done + 1

    async def body() -> None:
        async with BoundedTasks(4) as tasks:
            for _ in range(20):
                await tasks.start(work())

    asyncio.run(body())
    assert (most <= 4, done) == (True, 20)


def test_tasks_that_have_finished_are_not_busy() -> None:
    async def body() -> list[bool]:
        async with BoundedTasks(4) as tasks:
            await tasks.start(asyncio.sleep(0.01))
            before = tasks.busy
            await asyncio.sleep(0.05)
            return [before, tasks.busy]

    assert asyncio.run(body()) == [True, False]


def test_the_first_exception_is_raised_and_the_others_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    cancelled = []

    async def fail(number: int) -> None:
        await asyncio.sleep(0)
        raise OSError(f"no space left for {number}")

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def body() -> None:
        async with BoundedTasks(9) as tasks:
            await tasks.start(wait())
            for number in range(5):
                await tasks.start(fail(number))

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(body())
    gc.collect()
    assert cancelled == [True]
    assert caplog.records == []
