"""A worker process: connects, runs jobs until it is stopped, and connects again when the database was out of reach.

While the database is out of reach, nothing is lost: what was collected and not stored is due again.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

from aggregator.jobs import engine as queue
from aggregator.jobs.connection import lost_connection, report_lost_connection
from aggregator.jobs.engine import Engine
from aggregator.jobs.foreign import Permits, keep
from aggregator.jobs.leases import Leases, show_as_worker
from aggregator.jobs.logs import event
from aggregator.jobs.tasks import WorkerSetup, WorkerTasks, WorkOptions, synchronise_roster

FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.5, 30.0
"""Seconds between attempts to connect again: doubled each time."""
CHECK = 2.0
"""Seconds between looks whether the configuration has changed."""

Changed = Callable[[], WorkerSetup | None]


async def work(setup: WorkerSetup, options: WorkOptions, changed: Changed = lambda: None) -> None:
    """Run jobs until SIGTERM or SIGINT. Raises ConnectionLostError if the database cannot be reached at the start.

    `changed`: called every few seconds in a thread; returns what the worker is made of from then on, if that changed.
    """
    with _stop_signals() as stop, ExitStack() as between:
        with report_lost_connection():
            await asyncio.to_thread(synchronise_roster, setup)
        worker = _Worker(setup, options, changed, stop, between)
        while not stop.is_set():
            try:
                await worker.run()
            except Exception as error:
                lost = lost_connection(error)
                if lost is None:
                    raise
                gc.collect()  # a cancelled attempt to connect keeps its socket until then, and the server from stopping
                await worker.wait(lost)
        event("worker stopped")


class _Worker:
    """A worker that connects again and again. `stop`: set when it is to end; `between`: closes the session by which
    others see the worker from one connection to the next."""

    def __init__(
        self, setup: WorkerSetup, options: WorkOptions, changed: Changed, stop: asyncio.Event, between: ExitStack
    ) -> None:
        self._setup = self._synchronised = setup
        self._options = options
        self._changed = changed
        self._stop = stop
        self._between = between
        self._is_new = True
        self._lost_at: float | None = None
        self._delay = FIRST_BACK_OFF

    async def run(self) -> None:
        """Run jobs on one connection, until the worker is to end or has changed. Raises ConnectionLostError."""
        options = self._options
        if self._setup is not self._synchronised:
            await asyncio.to_thread(synchronise_roster, self._setup)
            self._synchronised = self._setup
        queues = [queue.COLLECT, queue.PLANNING, *([queue.PUBLISHING] if options.publish else [])]
        async with connected(self._setup, options, periodic=True) as (jobs, tasks, beat):
            self._between.close()
            self._log_start()
            ending = asyncio.Event()
            watching = asyncio.create_task(self._watch(ending))
            try:
                run = jobs.run(tasks, stop=ending, queues=queues, concurrency=options.concurrency, grace=options.grace)
                await first_of(run, beat)
            finally:
                watching.cancel()
                [ended] = await asyncio.gather(watching, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended
            if not self._stop.is_set():
                await asyncio.to_thread(self._stay_visible)

    async def wait(self, lost: Exception) -> None:
        """Wait before the next attempt to connect: longer each time."""
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            event("database is out of reach", logging.WARNING, error=str(lost))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._delay)
        self._delay = min(2 * self._delay, LONGEST_BACK_OFF)
        await asyncio.to_thread(self._look)

    async def _watch(self, ending: asyncio.Event) -> None:
        """Set the event when the worker is to end, or has changed."""
        try:
            while not self._stop.is_set() and self._setup is self._synchronised:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), CHECK)
                await asyncio.to_thread(self._look)
        finally:
            ending.set()

    def _look(self) -> None:
        if setup := self._changed():
            self._setup = setup

    def _stay_visible(self) -> None:
        """Open a session that shows this worker while it takes in a changed configuration."""
        show_as_worker(self._between.enter_context(self._setup.open_store()).connection)

    def _log_start(self) -> None:
        down = None if self._lost_at is None else time.monotonic() - self._lost_at
        if down is not None:
            event("database is back", seconds=down)
        elif self._is_new:
            event("worker started")
        self._is_new, self._lost_at, self._delay = False, None, FIRST_BACK_OFF


@asynccontextmanager
async def connected(
    setup: WorkerSetup, options: WorkOptions, *, periodic: bool
) -> AsyncIterator[tuple[Engine, WorkerTasks, Callable[[], Any]]]:
    """Open the store, the queue and the session, and yield them with the coroutine function that sends heartbeats."""
    async with AsyncExitStack() as stack:
        # In a thread: it may wait for the server, and attempts to connect by others must go on.
        store = await asyncio.to_thread(stack.enter_context, setup.open_store())
        leases = Leases(store.connection, times=options.times)
        permits = await stack.enter_async_context(Permits(setup.url, leases))
        session = await stack.enter_async_context(setup.open_session(store, permits))
        leases.pauses = session
        jobs = await stack.enter_async_context(queue.opened(setup.url, periodic=periodic))
        tasks = WorkerTasks(setup, store.connection, leases, session, options.sources_per_job)
        yield jobs, tasks, partial(keep, leases, permits)


async def first_of(run: Any, beat: Callable[[], Any]) -> Any:
    """Run jobs, and send heartbeats meanwhile; the failure of one ends the other. Returns what the jobs return."""
    running, beating = asyncio.ensure_future(run), asyncio.ensure_future(beat())
    try:
        await asyncio.wait({running, beating}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            beating.result()
        return await running
    finally:
        for task in (running, beating):
            task.cancel()
        await asyncio.gather(running, beating, return_exceptions=True)


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    previous = [signal.getsignal(number) for number in signals]

    def restore() -> None:
        for number, handler in zip(signals, previous, strict=True):
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def on_signal() -> None:
        event("worker is stopping")
        stop.set()
        restore()

    for number in signals:
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        if not stop.is_set():
            restore()
