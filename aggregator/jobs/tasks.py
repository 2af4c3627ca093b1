"""The jobs of a worker: plan, collect and publish, with what the store and the session do behind them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from aggregator.config.settings import LIST_PLUGIN
from aggregator.jobs.foreign import Permits
from aggregator.jobs.leases import DEFAULT_TIMES, Leases, LeaseTimes, Pauses
from aggregator.jobs.logs import event
from aggregator.jobs.queue_tables import job_counts
from aggregator.jobs.roster import Roster, Table, reset_future_tries, roster_digest, synchronise
from aggregator.jobs.schedule import (
    Claim,
    DueRow,
    count_due,
    create_tables,
    due_of,
    due_parts,
    due_shards,
    due_sources,
    postpone,
    read_setting,
    scheduled,
    write_setting,
)
from aggregator.jobs.shards import Part
from aggregator.scheduling.due import is_due
from aggregator.scheduling.state import Source
from aggregator.store.connection import Connection
from aggregator.store.source_states import read_states_of

SOURCES_PER_JOB = 200
POSTPONED = 60
"""Seconds until a source is due again that was not requested: no network, or another worker holds its target."""


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


class WorkerSetup(msgspec.Struct, frozen=True, kw_only=True):
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

    def __init__(
        self, setup: WorkerSetup, connection: Connection, leases: Leases, session: Session, limit: int
    ) -> None:
        self._setup = setup
        self._connection = connection
        self._leases = leases
        self._session = session
        self._limit = limit
        self._unknown: set[int] = set()  # sources that the configuration of this worker lacks

    async def plan(self, now: int | None = None) -> list[Part]:
        """End the sessions of stopped workers, and return the parts with sources that are due and nobody works on.

        `now`: the epoch second at which they are due, if not the current one.
        """
        for pid in self._leases.break_stale():
            event("session of a stopped worker ended", logging.WARNING, backend=pid)
        return due_parts(self._connection, now_seconds() if now is None else now, self._leases.held_by_anyone())

    def left_due(self, since: int) -> int:
        """Return the number of sources that are due since an epoch second or longer."""
        return count_due(self._connection, since)

    async def collect(self, part: Part) -> bool:
        """Collect from due sources of the shards of a part that no other worker holds."""
        held = self._leases.acquire(due_shards(self._connection, part.shards, now_seconds()))
        if not held:
            return False
        try:
            rows = due_sources(self._connection, held, now_seconds(), self._limit, self._unknown)
            used = {row.shard for row in rows}
            unused, held = set(held) - used, [*used]  # from now on, another job of this worker may hold the unused ones
            self._leases.release(unused)
            await self._collect(rows, f"{part.number}/{part.of}", force=False)
        finally:
            self._leases.release(held)
        return len(rows) == self._limit

    async def collect_named(self, addresses: Collection[str]) -> set[str]:
        """Collect from these sources, due or not, as far as no other worker holds their shards. Returns the rest."""
        held = self._leases.acquire({row.shard for row in scheduled(self._connection, addresses)})
        try:
            rows = scheduled(self._connection, addresses)  # again: another worker may have just collected them
            if held:
                await self._collect([row for row in rows if row.shard in held], "named", force=True)
            return {row.address for row in rows if row.shard not in held}
        finally:
            self._leases.release(held)

    async def _collect(self, rows: Sequence[DueRow], what: str, *, force: bool) -> None:
        started, now = time.monotonic(), datetime.now(UTC).replace(microsecond=0)
        sources = self._known(rows, now, force=force)
        event("job started", job="collect", part=what, sources=len(sources))
        counts = await self._session.collect(sources, now)
        postpone(self._connection, [source.claim for source in sources], now_seconds() + POSTPONED)
        event("job finished", job="collect", part=what, seconds=time.monotonic() - started, **counts)
        if any(source.source.settings.plugin == LIST_PLUGIN for source in sources):
            await asyncio.to_thread(synchronise_roster, self._setup)

    def running_elsewhere(self) -> int:
        """Return the number of jobs that collect in other processes, provided that this one runs none."""
        return job_counts(self._connection).running.get("collect", 0)

    async def publish(self) -> None:
        """Group and publish."""
        started = time.monotonic()
        counts = await self._session.publish()
        event("job finished", job="publish", seconds=time.monotonic() - started, **counts)

    def _known(self, rows: Sequence[DueRow], now: datetime, *, force: bool) -> list[DueSource]:
        """Return the sources that this worker's configuration has. Those that are not due in spite of the schedule,
        since a clock was wrong, are postponed."""
        states = read_states_of(self._connection, [row.claim.source for row in rows])
        sources = []
        for row in rows:
            settings = self._setup.roster.settings(row.address, row.list, row.entry)
            state = states.get(row.claim.source)
            if settings is None or state is None:
                self._unknown.add(row.claim.source)
            elif is_due(state, now, every=settings.every, force=force):
                sources.append(DueSource(Source(settings, state), row.claim))
            else:
                until = max(due_of(state, row.claim.every) or 0, now_seconds() + POSTPONED)
                postpone(self._connection, [row.claim], until)
        return sources


def synchronise_roster(setup: WorkerSetup) -> None:
    """Bring the schedule in step with the configuration and the subscription lists, unless it is already."""
    started = time.monotonic()
    with setup.open_store() as store:
        create_tables(store.connection)
        lists = store.lists()
        digest = roster_digest(setup.roster.entries(lists))
        reset_future_tries(store.connection, now_seconds())
        if read_setting(store.connection, "roster") == digest:
            return
        result = synchronise(store.connection, setup.roster.entries(lists), now_seconds())
        write_setting(store.connection, "roster", digest)
    fields = {name: getattr(result, name) for name in result.__struct_fields__}
    event("roster synchronised", seconds=time.monotonic() - started, **fields)


def now_seconds() -> int:
    """Return the current epoch second."""
    return int(time.time())
