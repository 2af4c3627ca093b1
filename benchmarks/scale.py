"""Simulate a day of a million sources on PostgreSQL, and measure the schedule and the queue of jobs.

    python benchmarks/scale.py URL [--again] [--sources 1000000] [--hours 24] [--step 60] [--capacity 0] [--queue 20000]

URL: of an empty database, or with `--again` of one that this has filled. The clock is simulated: it advances by
`--step` seconds at a time, and then what is due is collected, without requests: a visit stores the state and the due
time of each source as a worker does, with the scheduling code of the project. Sources publish from every five minutes
to once a year, at the hours of their readers; some fail. `--capacity` limits the sources collected in a step, as a few
workers would; 0 for no limit. Prints how long planning took, how late sources were, what was written, and how large
tables and indexes grew. Then jobs for `--queue` sources go through the real queue, in jobs of several sizes, to measure
what a job costs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.jobs import engine
from aggregator.jobs.connection import connection_parameters
from aggregator.jobs.roster import Entry, synchronise
from aggregator.jobs.schedule import (
    Claim,
    DueRow,
    count_all,
    create_tables,
    due_parts,
    due_shards,
    due_sources,
    visit_all,
)
from aggregator.jobs.shards import SHARDS, Part
from aggregator.scheduling.due import next_due
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm, learn
from aggregator.scheduling.state import SourceState
from aggregator.store.connection import Connection, value_of
from aggregator.store.postgresql import PostgresqlConnection
from aggregator.store.prepared import Prepared
from aggregator.store.schema import holds, sources
from aggregator.store.transactions import transaction

START = datetime(2026, 11, 23, tzinfo=UTC)
BATCH = 1000
VACUUM = 300
"""Simulated seconds between vacuums of the schedule; its settings mean one for each 20,000 visits with a million."""
KINDS = 200
"""Rhythms that are computed: the sources share them, since learning a million would take an hour."""
PERIODS = (300, 900, 3600, 3 * 3600, 8 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400)
SHARES = (1, 2, 8, 12, 15, 22, 15, 12, 8, 5)
"""Seconds between the articles of a source, and how many percent of the sources publish so often."""
WRITE = """
    UPDATE sources SET last_try = one.tried, last_success = one.tried, next_due = one.due, failures = one.failures
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[]) AS one (key, tried, due, failures)
    WHERE sources.key = one.key
"""


def rhythms() -> list[Rhythm]:
    """Return learned rhythms: sources of each period, most of whose articles appear at some hours of the day."""
    chance = random.Random(1)
    learned = []
    for _ in range(KINDS):
        period = chance.choices(PERIODS, SHARES)[0]
        peak = chance.gauss(12, 4)
        dates = []
        for _ in range(min(60, int(56 * 86_400 / period) + 1)):
            age = chance.random() * min(period * 60, 56 * 86_400)
            moment = START - timedelta(seconds=age)
            dates.append(moment.replace(hour=int(chance.gauss(peak, 4)) % 24))
        learned.append(learn(Rhythm(), [int(date.timestamp()) for date in dates], START))
    return learned


class Simulation:
    """The sources, and the clock. `now`: epoch seconds."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.connection = connection
        self.number = number
        self.now = int(START.timestamp())
        self._rhythms = rhythms()
        self._chance = random.Random(2)
        self._failures: dict[int, int] = {}
        self._delays: dict[tuple[int, int], int] = {}

    def fill(self) -> None:
        """Put the sources into the store and the schedule, in the middle of their lives: due over the next day."""
        roster = (Entry(f"https://www.outlet{n // 2}.example/feed{n}.xml") for n in range(self.number))
        started = time.monotonic()
        result = synchronise(self.connection, roster, self.now)
        print(f"roster of {result.total:,} sources: {time.monotonic() - started:.1f} s, {result.parts} parts")
        roster = (Entry(f"https://www.outlet{n // 2}.example/feed{n}.xml") for n in range(self.number))
        started = time.monotonic()
        synchronise(self.connection, roster, self.now)
        print(f"roster without a difference: {time.monotonic() - started:.1f} s")
        self.connection.execute(
            "UPDATE sources SET last_try = %s, next_due = %s, etag = md5(address), language = 'en', "
            "last_modified = 'Mon, 23 Nov 2026 08:00:00 GMT', name = 'Outlet ' || key, "
            "rhythm = decode(repeat('ab', 340), 'hex'), hints = decode('8100', 'hex')",
            (self.now, self.now),
        )
        for first in range(0, self.number, 20_000):
            self._spread(first, first + 20_000)
        self.connection.execute("VACUUM (FULL, ANALYZE) sources")
        self.connection.execute("VACUUM (FULL, ANALYZE) schedule")

    def _spread(self, first: int, last: int) -> None:
        keys = list(range(first + 1, min(last, self.number) + 1))
        due = [self.now + int(self._chance.random() * self._delay(key, self.now)) for key in keys]
        self.connection.execute(
            "UPDATE schedule SET due = one.due FROM unnest(%s::bigint[], %s::bigint[]) AS one (key, due) "
            "WHERE source = one.key",
            (keys, due),
        )

    def _delay(self, key: int, at: int) -> int:
        """Return the seconds until a source is due again, as `next_due` computes it for its rhythm."""
        failures = self._failures.get(key, 0)
        place = (key % KINDS + failures * KINDS, at // 3600)
        if place not in self._delays:
            tried = datetime.fromtimestamp(at, UTC)
            state = SourceState(
                key=key,
                address=f"https://{key % KINDS}.example/",
                last_try=tried,
                failures=failures,
                kind="timeout" if failures else None,
                rhythm=self._rhythms[key % KINDS],
                hints=Hints(ttl=3600 if key % 5 == 0 else None),
            )
            self._delays[place] = int((next_due(state) - tried).total_seconds())
        return self._delays[place]

    def collect(self, rows: Sequence[DueRow]) -> None:
        """Store the visits of sources: one transaction for each hundred (a worker has one for each source)."""
        tried = datetime.fromtimestamp(self.now, UTC)
        visits: list[tuple[Claim, SourceState]] = []
        columns: tuple[list[int], ...] = ([], [], [], [])
        for row in rows:
            key = row.claim.source
            failed = self._chance.random() < (0.9 if key % 25 == 0 else 0.003)  # some sources mostly fail
            self._failures[key] = self._failures.get(key, 0) + 1 if failed else 0
            due = tried + timedelta(seconds=self._delay(key, self.now))
            state = SourceState(key=key, address=row.address, last_try=tried, next_due=due)
            visits.append((row.claim, state))
            for column, value in zip(columns, (key, self.now, int(due.timestamp()), self._failures[key]), strict=True):
                column.append(value)
        with transaction(self.connection):
            stored = visit_all(self.connection, visits)
            assert len(stored) == len(visits)
            self.connection.execute(WRITE, columns)


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """Connect to the database, and create the tables."""
    import psycopg

    session = psycopg.connect(**connection_parameters(url), autocommit=True)
    with closing(PostgresqlConnection(session)) as connection:
        if value_of(connection.execute("SELECT to_regclass('sources')")) is None:
            for table in (sources, holds):
                connection.execute(table.creation("postgresql"))
        create_tables(connection)
        connection.execute("SET synchronous_commit = off")  # the time of the disk is not what is measured
        yield connection


def simulate(simulation: Simulation, hours: float, step: int, capacity: int) -> None:
    """Let time pass, and collect what is due."""
    connection, chance = simulation.connection, random.Random(4)
    plans: list[float] = []
    reads: list[float] = []
    late: list[int] = []
    started = time.monotonic()
    before = statistics_of(connection)
    ticks = int(hours * 3600 / step)
    for tick in range(ticks):
        simulation.now += step
        began = time.monotonic()
        parts = due_parts(connection, simulation.now)
        plans.append(time.monotonic() - began)
        for part in chance.sample(parts, min(len(parts), 3)):
            began = time.monotonic()
            due_sources(connection, due_shards(connection, part.shards, simulation.now), simulation.now, 200)
            reads.append(time.monotonic() - began)
        left = capacity or simulation.number
        while rows := due_sources(connection, range(SHARDS), simulation.now, min(BATCH, left)):
            late += [simulation.now - row.due for row in rows]
            simulation.collect(rows)
            left -= len(rows)
            if not left or len(rows) < BATCH:
                break
        if tick * step % VACUUM == 0:
            # The clock runs a hundred times too fast for autovacuum, which looks once a minute.
            connection.execute("VACUUM schedule")
        if tick % max(1, ticks // 12) == 0:
            due = count_all(connection, datetime.fromtimestamp(simulation.now, UTC)).due
            print(
                f"  {tick * step / 3600:5.1f} h: {len(late):>10,} visits, plan {1000 * plans[-1]:5.1f} ms, "
                f"left due {due:,}, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    seconds = time.monotonic() - started
    print(f"\n{len(late):,} visits in {hours:g} simulated hours, {len(late) / seconds:,.0f} visits/s of real time")
    table("plan: which parts are due", plans, 1000, "ms")
    table("due sources of a part", reads, 1000, "ms")
    table("late by", [float(one) for one in late], 1, "s")
    overdue = sum(one > 300 for one in late)
    print(f"late by more than 5 min: {100 * overdue / max(len(late), 1):.3f} %; the latest by {max(late, default=0)} s")
    growth(before, statistics_of(connection))


def table(name: str, values: Sequence[float], factor: float, unit: str) -> None:
    """Print the distribution of values."""
    if values:
        ordered = sorted(values)
        p50, p99, top = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.99, 1))
        print(
            f"{name:<28} mean {factor * statistics.fmean(values):8.1f}  p50 {factor * p50:8.1f}  "
            f"p99 {factor * p99:8.1f}  max {factor * top:8.1f} {unit}"
        )


def statistics_of(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the sizes and counters of the tables."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    rows = Prepared(
        "SELECT relname, pg_relation_size(relid) AS heap, pg_indexes_size(relid) AS indexes, n_tup_upd AS updated, "
        "n_tup_hot_upd AS hot, n_dead_tup AS dead, autovacuum_count AS vacuums FROM pg_stat_user_tables "
        "WHERE relname IN ('sources', 'schedule', 'listed', 'procrastinate_jobs', 'procrastinate_events')"
    )
    return {row.relname: row._asdict() for row in rows.named(connection)}


def growth(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    """Print how tables have grown."""
    print(f"\n{'table':<22}{'heap MB':>16}{'indexes MB':>16}{'updates':>12}{'HOT':>7}{'dead':>10}{'vacuums':>9}")
    for name, now in sorted(after.items()):
        then = before.get(name, dict.fromkeys(now, 0))
        updated = now["updated"] - then["updated"]
        hot = 100 * (now["hot"] - then["hot"]) / updated if updated else 0
        sizes = [f"{then[key] / 1e6:.0f} → {now[key] / 1e6:.0f}" for key in ("heap", "indexes")]
        print(
            f"{name:<22}{sizes[0]:>16}{sizes[1]:>16}{updated:>12,}{hot:>6.0f}%{now['dead']:>10,}"
            f"{now['vacuums'] - then['vacuums']:>9}"
        )


class StubTasks:
    """Jobs that visit sources and send nothing."""

    def __init__(self, simulation: Simulation, batch: int) -> None:
        self.simulation = simulation
        self.batch = batch
        self.jobs = 0
        self.sources = 0
        self.seconds = 0.0

    async def plan(self) -> list[Part]:
        return due_parts(self.simulation.connection, self.simulation.now)

    async def collect(self, part: Part) -> bool:
        connection, began = self.simulation.connection, time.monotonic()
        shards = due_shards(connection, part.shards, self.simulation.now)
        rows = due_sources(connection, shards, self.simulation.now, self.batch)
        if rows:
            self.simulation.collect(rows)
        self.jobs += 1
        self.sources += len(rows)
        self.seconds += time.monotonic() - began
        return len(rows) == self.batch

    async def publish(self) -> None:
        pass


async def queue(url: str, simulation: Simulation, count: int) -> None:
    """Run jobs for `count` sources in batches of several sizes, and print what a job costs."""
    keys = random.Random(3).sample(range(1, simulation.number + 1), min(count, simulation.number))
    async with engine.opened(url, periodic=False) as jobs:
        for batch in (20, 100, 200, 500):
            simulation.connection.execute(
                "UPDATE schedule SET due = %s WHERE source = ANY(%s)", (simulation.now - 1, keys)
            )
            tasks = StubTasks(simulation, batch)
            started = time.monotonic()
            while parts := await tasks.plan():
                await jobs.defer(parts)
                await jobs.run(tasks, queues=[engine.COLLECT], concurrency=4)
            seconds = time.monotonic() - started
            overhead = seconds - tasks.seconds
            print(
                f"queue, {batch:>3} sources a job: {tasks.sources:,} sources in {tasks.jobs:,} jobs, {seconds:.1f} s, "
                f"{tasks.sources / seconds:,.0f} sources/s; the queue alone: "
                f"{1000 * overhead / tasks.jobs:.1f} ms a job, "
                f"{1000 * overhead / max(tasks.sources, 1):.2f} ms a source"
            )


def main() -> None:
    """Run the simulation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--sources", type=int, default=1_000_000)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--step", type=int, default=60)
    parser.add_argument("--capacity", type=int, default=0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--queue", type=int, default=20_000)
    options = parser.parse_args()
    with opened(options.url) as connection:
        simulation = Simulation(connection, options.sources)
        if options.again:
            simulation.now = value_of(connection.execute("SELECT max(last_try) FROM sources"))
        else:
            simulation.fill()
        simulate(simulation, options.hours, options.step, options.capacity)
        asyncio.run(queue(options.url, simulation, options.queue))


if __name__ == "__main__":
    main()
