"""A store on PostgreSQL for the tests of aggregator/jobs: its sources, its schedule, and a session that sends nothing.

As a program, this is a worker: `python jobs_database.py URL SOURCES SECONDS [once [ADDRESS …]]`. Each source that it
collects takes these seconds, and adds a row to the table `collected` in the transaction that stores the visit.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.settings import Config, SourceSettings
from aggregator.jobs import engine, queue_tables
from aggregator.jobs.connection import connection_parameters
from aggregator.jobs.foreign import Permits
from aggregator.jobs.leases import LeaseTimes
from aggregator.jobs.once import collect_due, collect_named
from aggregator.jobs.roster import Entry, Roster, Table, synchronise
from aggregator.jobs.schedule import create_tables, visit
from aggregator.jobs.tasks import DueSource, OpenStore, WorkerSetup, WorkOptions
from aggregator.jobs.worker import work
from aggregator.scheduling.state import SourceState
from aggregator.store.connection import Connection, value_of
from aggregator.store.postgresql import PostgresqlConnection
from aggregator.store.schema import holds, sources
from aggregator.store.source_states import ensure_states
from aggregator.store.transactions import transaction

EVERY = timedelta(hours=1)
FAST = LeaseTimes(beat=0.2, send=1.0, stale=2.0, wait=1.0, share=1.0)


class Database:
    """An open store. `connection`: commits each statement by itself."""

    def __init__(self, connection: Connection, lists: Mapping[str, Iterable[Table]] | None = None) -> None:
        self.connection = connection
        self._lists = lists or {}

    def lists(self) -> Mapping[str, Iterable[Table]]:
        return self._lists

    def pid(self) -> int:
        return int(value_of(self.connection.execute("SELECT pg_backend_pid()")))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(statement)]


@contextmanager
def open_database(url: str, lists: Mapping[str, Iterable[Table]] | None = None) -> Iterator[Database]:
    """Connect to a database, and create the tables that are missing."""
    import psycopg

    session = psycopg.connect(**connection_parameters(url), autocommit=True)
    with closing(PostgresqlConnection(session)) as connection:
        with transaction(connection):
            connection.execute("SELECT pg_advisory_xact_lock(1)")
            if value_of(connection.execute("SELECT to_regclass('collected')")) is None:
                for table in (sources, holds):  # a store has them already
                    statement = table.creation("postgresql")
                    connection.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
                connection.execute("CREATE TABLE collected (source bigint, worker int, at double precision)")
        create_tables(connection)
        yield Database(connection, lists)


def config_of(addresses: Iterable[str], **settings: Any) -> Config:
    """Return a configuration with a source for each address."""
    every = settings.pop("every", EVERY)
    entries = tuple(SourceSettings(url=address, every=every, **settings) for address in addresses)
    return Config(path=Path("config.toml"), store=Path("store.db"), sources=entries)


def addresses_of(number: int) -> list[str]:
    return [f"https://outlet{n}.example/feed" for n in range(number)]


def schedule_all(database: Database, addresses: Iterable[str], every: int | None = 3600) -> None:
    """Make the roster that of these addresses, all due."""
    synchronise(database.connection, [Entry(address, every) for address in addresses], int(time.time()))


def collected_state(state: SourceState, now: datetime) -> SourceState:
    """Return the state of a source that was just collected, with nothing new."""
    return msgspec.structs.replace(state, last_try=now, last_success=now, next_due=now + EVERY)


class StubSession:
    """Collects without a network: each source takes some seconds."""

    def __init__(self, store: OpenStore, permits: Permits, seconds: float) -> None:
        self._connection = store.connection
        self._permits = permits
        self._seconds = seconds

    def read(self, shards: Any) -> None:
        pass

    def write(self) -> None:
        pass

    def forget(self, shards: Any) -> None:
        pass

    async def collect(self, due: Sequence[DueSource], now: datetime) -> dict[str, int]:
        async with asyncio.TaskGroup() as group:
            for one in due:
                group.create_task(self._collect(one, now))
        return {"new": 0}

    async def _collect(self, one: DueSource, now: datetime) -> None:
        async with self._permits.permit(one.source.settings.url or ""):
            await asyncio.sleep(self._seconds)
        with transaction(self._connection):
            visit(self._connection, one.claim, collected_state(one.source.state, now))
            self._connection.execute(
                "INSERT INTO collected VALUES (%s, %s, %s)", (one.claim.source, os.getpid(), time.time())
            )
            self._connection.execute(
                "UPDATE sources SET last_try = %s, last_success = %s, next_due = %s WHERE key = %s",
                (int(now.timestamp()),) * 2 + (int((now + EVERY).timestamp()), one.claim.source),
            )

    async def publish(self) -> dict[str, Any]:
        return {"outputs": 1}


def worker_setup(url: str, config: Config, seconds: float = 0.0) -> WorkerSetup:
    """Return what a worker without a network is made of."""

    @asynccontextmanager
    async def open_session(store: OpenStore, permits: Permits) -> AsyncIterator[StubSession]:
        yield StubSession(store, permits, seconds)

    return WorkerSetup(url=url, roster=Roster(config), open_store=lambda: open_database(url), open_session=open_session)


def ready_states(database: Database, addresses: Iterable[str]) -> list[SourceState]:
    """Insert sources into the store, and return their states."""
    return ensure_states(database.connection, [SourceSettings(url=address) for address in addresses])


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def main(url: str, number: str, seconds: str, *once: str) -> None:
    """`once`: collect what is due, or with names of sources these, and end."""
    from aggregator.jobs.logs import configure_logs

    configure_logs(as_json=True)
    engine.PLAN, engine.RESCUE, queue_tables.STALLED = "* * * * * *", "* * * * * */2", 3.0
    setup = worker_setup(url, config_of(addresses_of(int(number))), float(seconds))
    options = WorkOptions(concurrency=4, times=FAST, grace=3, sources_per_job=20)
    if once[1:]:
        asyncio.run(collect_named(setup, options, once[1:]))
    else:
        asyncio.run(collect_due(setup, options) if once else work(setup, options))


if __name__ == "__main__":
    main(*sys.argv[1:])
