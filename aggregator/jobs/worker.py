"""What a worker process does: it plans, collects from the shards that it can lease, and publishes, until it is stopped.

While the database is out of reach, nothing is lost: what was collected and not stored is due again.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from aggregator.config.settings import LIST_PLUGIN
from aggregator.jobs import engine as queue
from aggregator.jobs.connection import lost_connection
from aggregator.jobs.engine import Engine, JobCounts
from aggregator.jobs.foreign import Permits
from aggregator.jobs.leases import DEFAULT_TIMES, Leases, LeaseTimes, Pauses
from aggregator.jobs.logs import event
from aggregator.jobs.roster import Roster, Table, synchronise
from aggregator.jobs.schedule import (
    Claim,
    DueRow,
    claims_of,
    create_tables,
    due_parts,
    due_shards,
    due_sources,
    postpone,
)
from aggregator.jobs.shards import SHARDS, Part, shard_of
from aggregator.scheduling.due import is_due
from aggregator.scheduling.state import Source
from aggregator.store.source_states import read_states_of

SOURCES_PER_JOB = 200
POSTPONED = 60
"""Seconds until a source is due again that was not requested: no network, or another worker holds its target."""
LONGEST_BACK_OFF = 30.0
IDLE_ROUNDS = 3


class DueSource(msgspec.Struct, frozen=True):
    """A source to collect, and the claim that `schedule.visit` needs when its result is stored."""

    source: Source
    claim: Claim


class OpenStore(Protocol):
    """The part of the store that jobs use: its one connection, and the feeds of its subscription lists."""

    @property
    def connection(self) -> Connection:
        """The connection that stores articles: leases are held on its session."""

    def lists(self) -> Mapping[str, Iterable[Table]]:
        """Return the `[[sources]]` tables of the feeds of subscription lists, by the key of the list."""


class Session(Pauses, Protocol):
    """Collects and publishes. Its HTTP client asks the permits before each request."""

    async def collect(self, sources: Sequence[DueSource], now: datetime) -> Mapping[str, int]:
        """Collect from these sources, and store each one in a transaction with its visit. Returns counts to be logged.

        What was neither stored nor given a visit is postponed by a minute.
        """

    async def publish(self) -> Mapping[str, Any]:
        """Group, make editions and write outputs, unless another process does. Returns what is to be logged."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is made of. `url`: address of the database, with its password."""

    url: str
    roster: Roster
    open_store: Callable[[], AbstractContextManager[OpenStore]]
    open_session: Callable[[OpenStore, Permits], AbstractAsyncContextManager[Session]]


class WorkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`concurrency`: jobs at once; `publish`: whether this worker publishes, too; `grace`: seconds in which jobs may
    finish after SIGTERM."""

    concurrency: int = 4
    publish: bool = True
    grace: float = 25
    sources_per_job: int = SOURCES_PER_JOB
    times: LeaseTimes = DEFAULT_TIMES


class WorkerTasks:
    """The jobs of a worker that is connected."""

    def __init__(self, parts: Parts, connection: Connection, leases: Leases, session: Session, limit: int) -> None:
        self._parts = parts
        self._connection = connection
        self._leases = leases
        self._session = session
        self._limit = limit
        self._unknown: set[int] = set()  # sources that the configuration of this worker lacks
        self.collected = 0

    async def plan(self) -> list[Part]:
        """End the sessions of stopped workers, and return the parts with due sources that nobody works on."""
        for pid in self._leases.break_stale():
            event("session of a stopped worker ended", logging.WARNING, backend=pid)
        parts = due_parts(self._connection, _now())
        if not parts:
            return []
        held = self._leases.held_by_anyone()
        due = set(due_shards(self._connection, set(range(SHARDS)) - held, _now()))
        return [part for part in parts if due.intersection(part.shards)]

    async def collect(self, part: Part) -> bool:
        """Collect from due sources of the shards of a part that no other worker holds."""
        started, now = time.monotonic(), datetime.now(UTC).replace(microsecond=0)
        held = self._leases.acquire(due_shards(self._connection, part.shards, _now()))
        if not held:
            return False
        try:
            rows = due_sources(self._connection, held, _now(), self._limit, self._unknown)
            self._leases.release(set(held) - {row.shard for row in rows})
            sources = self._known(rows, now)
            event("job started", job="collect", part=f"{part.number}/{part.of}", sources=len(sources))
            counts = await self._session.collect(sources, now)
            postpone(self._connection, [source.claim for source in sources], _now() + POSTPONED)
        finally:
            self._release(held)
        self.collected += len(sources)
        seconds = time.monotonic() - started
        event("job finished", job="collect", part=f"{part.number}/{part.of}", seconds=seconds, **counts)
        if any(source.source.settings.plugin == LIST_PLUGIN for source in sources):
            await asyncio.to_thread(synchronise_roster, self._parts)
        return len(rows) == self._limit

    async def publish(self) -> None:
        """Group and publish."""
        started = time.monotonic()
        counts = await self._session.publish()
        event("job finished", job="publish", seconds=time.monotonic() - started, **counts)

    def count_jobs(self) -> JobCounts:
        """Return the numbers of jobs of all workers."""
        return queue.read_counts(self._connection)

    async def collect_selected(self, sources: Sequence[Source], now: datetime) -> list[Source]:
        """Collect from those of these sources whose shards nobody else holds; returns the others."""
        held = self._leases.acquire({_shard_of(source) for source in sources})
        mine = [source for source in sources if _shard_of(source) in held]
        try:
            claimed = self._claimed(mine)
            if claimed:
                await self._session.collect(claimed, now)
        finally:
            self._release(held)
        self.collected += len(claimed)
        return [source for source in sources if _shard_of(source) not in held]

    def _claimed(self, sources: Sequence[Source]) -> list[DueSource]:
        """Return those of the sources that are in the schedule, with their states as they are now."""
        keys = [source.state.key for source in sources]
        claims, states = claims_of(self._connection, keys), read_states_of(self._connection, keys)
        return [
            DueSource(Source(source.settings, states[source.state.key]), claims[source.state.key])
            for source in sources
            if source.state.key in claims
        ]

    def _known(self, rows: Sequence[DueRow], now: datetime) -> list[DueSource]:
        """Return the sources that this worker's configuration has. Those that are not due in spite of the schedule,
        since a clock was wrong, are postponed."""
        states = read_states_of(self._connection, [row.claim.source for row in rows])
        sources, early = [], []
        for row in rows:
            settings = self._parts.roster.settings(row.address, row.list, row.entry)
            state = states.get(row.claim.source)
            if settings is None or state is None:
                self._unknown.add(row.claim.source)
            elif is_due(state, now, every=settings.every):
                sources.append(DueSource(Source(settings, state), row.claim))
            else:
                early.append(row.claim)
        postpone(self._connection, early, _now() + POSTPONED)
        return sources

    def _release(self, held: Sequence[int]) -> None:
        try:
            self._leases.release(held)
        except Exception as error:
            if lost_connection(error) is None:
                raise  # otherwise the session has ended, and its locks with it


def _shard_of(source: Source) -> int:
    return shard_of(source.state.moved_to or source.state.address)


def synchronise_roster(parts: Parts) -> None:
    """Bring the schedule in step with the configuration and the subscription lists."""
    started = time.monotonic()
    with parts.open_store() as store:
        create_tables(store.connection)
        result = synchronise(store.connection, parts.roster.entries(store.lists()), _now())
    fields = {name: getattr(result, name) for name in result.__struct_fields__}
    event("roster synchronised", seconds=time.monotonic() - started, **fields)


async def work(parts: Parts, options: WorkOptions) -> None:
    """Run jobs until SIGTERM or SIGINT. Raises ConnectionLostError if the database cannot be reached at the start."""
    with _stop_signals() as stop:
        await asyncio.to_thread(synchronise_roster, parts)
        lost_at: float | None = None
        delay = 0.5
        queues = [queue.COLLECT, queue.PLANNING, *([queue.PUBLISHING] if options.publish else [])]
        while not stop.is_set():
            try:
                async with connected(parts, options, periodic=True) as (jobs, tasks, keep):
                    down = None if lost_at is None else time.monotonic() - lost_at
                    event("worker started" if down is None else "database is back", seconds=down)
                    lost_at, delay = None, 0.5
                    run = jobs.run(
                        tasks, stop=stop, queues=queues, concurrency=options.concurrency, grace=options.grace
                    )
                    await run_with_heartbeats(run, keep)
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


async def collect_due(parts: Parts, options: WorkOptions) -> int:
    """Collect from all sources that are due, also if other workers do, and return how many this process collected.

    Ends when none is due any more, or nobody works on those that are. Raises ConnectionLostError.
    """
    await asyncio.to_thread(synchronise_roster, parts)
    async with connected(parts, options, periodic=False) as (jobs, tasks, keep):
        await run_with_heartbeats(_until_none_is_due(jobs, tasks, options), keep)
        return tasks.collected


async def collect_selected(parts: Parts, options: WorkOptions, sources: Sequence[Source]) -> None:
    """Collect from these sources of the schedule, due or not, once no other worker holds their shards.

    Raises ConnectionLostError.
    """

    async def collect(tasks: WorkerTasks) -> None:
        left: Sequence[Source] = sources
        while left := await tasks.collect_selected(left, datetime.now(UTC).replace(microsecond=0)):
            await asyncio.sleep(0.5)

    if sources:
        await asyncio.to_thread(synchronise_roster, parts)
        async with connected(parts, options, periodic=False) as (_, tasks, keep):
            await run_with_heartbeats(collect(tasks), keep)


async def _until_none_is_due(jobs: Engine, tasks: WorkerTasks, options: WorkOptions) -> None:
    idle = 0
    while idle < IDLE_ROUNDS:
        before = tasks.collected
        await jobs.rescue()
        planned = await tasks.plan()
        await jobs.defer(planned)
        await jobs.run(tasks, queues=[queue.COLLECT], concurrency=options.concurrency)
        counts = tasks.count_jobs()
        if not planned and not counts.running.get("collect"):
            return
        idle = 0 if tasks.collected > before or counts.running.get("collect") else idle + 1
        if tasks.collected == before:
            await asyncio.sleep(0.5)


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

        async def keep() -> None:
            others = asyncio.create_task(permits.keep())
            try:
                await leases.keep()
            finally:
                others.cancel()

        yield jobs, tasks, keep


async def run_with_heartbeats(run: Any, keep: Callable[[], Any]) -> None:
    """Run jobs, and send heartbeats meanwhile; the failure of one ends the other."""
    running, beating = asyncio.ensure_future(run), asyncio.ensure_future(keep())
    try:
        await asyncio.wait({running, beating}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            beating.result()
        await running
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


def _now() -> int:
    return int(time.time())
