"""Run blocking calls in daemon threads, so that a call that hangs delays neither the other calls nor the exit.

When `asyncio.run` ends, it waits for every thread of the loop's executor. A parser that a hostile document keeps busy,
or a name server that never answers, could delay the end of a run without limit.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

THREAD_NAME = "aggregate: a source"
CONCURRENT_CALLS = 32
"""Calls that an executor runs at the same time: many of them wait for a name server."""


class DaemonThreadExecutor(ThreadPoolExecutor):
    """Executor of `asyncio.to_thread` that runs each call in a daemon thread, a limited number at the same time.

    `queue_timeout`: seconds after which a queued call starts regardless of the limit, since the running calls may never
    end.
    """

    def __init__(self, queue_timeout: float) -> None:
        super().__init__(max_workers=1)  # asyncio requires this class; its own threads are never started
        self._queue_timeout = queue_timeout
        self._slots = threading.Semaphore(CONCURRENT_CALLS)

    def submit(self, function: Callable[..., T], /, *args: Any, **options: Any) -> Future[T]:
        """Run a call in a thread of its own as soon as a slot is free."""
        future: Future[T] = Future()

        def body() -> None:
            has_slot = self._slots.acquire(timeout=self._queue_timeout)
            try:
                _fulfil(future, function, *args, **options)
            finally:
                if has_slot:
                    self._slots.release()

        _start(body)
        return future


def _fulfil(future: Future[T], function: Callable[..., T], *args: Any, **options: Any) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function(*args, **options))
    except BaseException as error:
        # A StopIteration cannot be put into a future; any other failure is judged by the caller.
        future.set_exception(RuntimeError("StopIteration") if isinstance(error, StopIteration) else error)


def run_with_timeout(work: Callable[[], T], seconds: float) -> T:
    """Run a call in a daemon thread and wait for its result. Raises TimeoutError; the thread then runs on."""
    future: Future[T] = Future()
    _start(_fulfil, future, work)
    return future.result(seconds)


async def run_in_thread(work: Callable[[], T]) -> T:
    """Run a call in a daemon thread at once, however many others run. On cancellation, the thread runs on."""
    import asyncio  # not needed where nothing is collected

    future: Future[T] = Future()
    _start(_fulfil, future, work)
    return await asyncio.wrap_future(future)


async def run_in_thread_to_end(work: Callable[[], T]) -> T:
    """Run a call in a thread while the event loop continues. On cancellation, wait for the end of the call first."""
    import asyncio

    task = asyncio.ensure_future(run_in_thread(work))
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait({task})


def _start(work: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=work, args=args, daemon=True, name=THREAD_NAME).start()


def exit_process(status: int) -> NoReturn:
    """End the process, without the interpreter's finalisation if threads still run.

    Finalisation stops daemon threads; if one of them runs C++ code, the process aborts.
    """
    if any(thread.name == THREAD_NAME for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
