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
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

from aggregator.jobs import engine as queue
from aggregator.jobs.connection import lost_connection
from aggregator.jobs.engine import Engine
from aggregator.jobs.foreign import Permits, keep
from aggregator.jobs.leases import Leases
from aggregator.jobs.logs import event
from aggregator.jobs.tasks import Parts, WorkerTasks, WorkOptions, synchronise_roster

FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.5, 30.0
"""Seconds between attempts to connect again: doubled each time."""


async def work(parts: Parts, options: WorkOptions) -> None:
    """Run jobs until SIGTERM or SIGINT. Raises ConnectionLostError if the database cannot be reached at the start."""
    with _stop_signals() as stop:
        await asyncio.to_thread(synchronise_roster, parts)
        lost_at: float | None = None
        delay = FIRST_BACK_OFF
        queues = [queue.COLLECT, queue.PLANNING, *([queue.PUBLISHING] if options.publish else [])]
        while not stop.is_set():
            try:
                async with connected(parts, options, periodic=True) as (jobs, tasks, beat):
                    down = None if lost_at is None else time.monotonic() - lost_at
                    event("worker started" if down is None else "database is back", seconds=down)
                    lost_at, delay = None, FIRST_BACK_OFF
                    run = jobs.run(
                        tasks, stop=stop, queues=queues, concurrency=options.concurrency, grace=options.grace
                    )
                    await first_of(run, beat)
            except Exception as error:
                lost = lost_connection(error)
                if lost is None:
                    raise
                gc.collect()  # a cancelled attempt to connect keeps its socket until then, and the server from stopping
                if lost_at is None:
                    lost_at = time.monotonic()
                    event("database is out of reach", logging.WARNING, error=str(lost))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), delay)
                delay = min(2 * delay, LONGEST_BACK_OFF)
        event("worker stopped")


@asynccontextmanager
async def connected(
    parts: Parts, options: WorkOptions, *, periodic: bool
) -> AsyncIterator[tuple[Engine, WorkerTasks, Callable[[], Any]]]:
    """Open the store, the queue and the session, and yield them with the coroutine function that sends heartbeats."""
    async with AsyncExitStack() as stack:
        # In a thread: it may wait for the server, and attempts to connect by others must go on.
        store = await asyncio.to_thread(stack.enter_context, parts.open_store())
        leases = Leases(store.connection, times=options.times)
        permits = await stack.enter_async_context(Permits(parts.url, leases))
        session = await stack.enter_async_context(parts.open_session(store, permits))
        leases.pauses = session
        jobs = await stack.enter_async_context(queue.opened(parts.url, periodic=periodic))
        tasks = WorkerTasks(parts, store.connection, leases, session, options.sources_per_job)
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
