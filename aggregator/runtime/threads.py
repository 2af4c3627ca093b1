"""Threads that nobody waits for: what hangs in one is left behind, and holds up neither the others nor the exit.

`asyncio.run` waits for every thread of the loop's executor when it ends. A parser that a hostile document keeps busy,
or a name server that never answers, would make a run last as long as it likes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

NAME = "aggregate: a source"
AT_ONCE = 32
"""Calls at once: many of them wait for a name server."""


class PatientExecutor(ThreadPoolExecutor):
    """What `asyncio.to_thread` runs in: a daemon thread for each call, a few at once.

    `patience`: seconds that a call waits for its turn at most, since those before it may never end.
    """

    def __init__(self, patience: float) -> None:
        super().__init__(max_workers=1)  # asyncio wants this class; its own threads are never started
        self._patience = patience
        self._slots = threading.Semaphore(AT_ONCE)

    def submit(self, function: Callable[..., T], /, *args: Any, **options: Any) -> Future[T]:
        """Call it in a thread of its own, when there is room."""
        future: Future[T] = Future()

        def body() -> None:
            in_turn = self._slots.acquire(timeout=self._patience)
            try:
                _fulfil(future, function, *args, **options)
            finally:
                if in_turn:
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


def in_time(work: Callable[[], T], seconds: float) -> T:
    """Run it in a daemon thread, and wait so long for it. Raises TimeoutError, and leaves it behind."""
    future: Future[T] = Future()
    _start(_fulfil, future, work)
    try:
        return future.result(seconds)
    except BaseException:
        if not future.done():
            raise TimeoutError from None
        raise


async def in_own_thread(work: Callable[[], T]) -> T:
    """Run it in a daemon thread at once, however many others run: it may wait for the network there."""
    future: Future[T] = Future()
    _start(_fulfil, future, work)
    return await asyncio.wrap_future(future)


async def in_background(work: Callable[[], T]) -> T:
    """Run it in a thread while the loop goes on. It is not left behind: where this is cancelled, its end is waited
    for."""
    task = asyncio.ensure_future(in_own_thread(work))
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait({task})


def _start(work: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=work, args=args, daemon=True, name=NAME).start()


def leave(status: int) -> NoReturn:
    """End the process. Where threads are left behind, without the interpreter's own farewell: when that stops them in
    the midst of C++ the process aborts."""
    if any(thread.name == NAME for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
