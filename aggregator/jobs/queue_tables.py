"""The tables of the queue: creates and migrates those of procrastinate, and counts what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from aggregator.jobs.leases import SCHEMA, SINGLE_LOCKS
from aggregator.store.connection import Connection, value_of
from aggregator.store.prepared import Prepared

STALLED = 30.0
"""Seconds without a heartbeat of procrastinate after which the jobs of a worker are taken to have ended."""


class JobCounts(msgspec.Struct, frozen=True):
    """The state of the queue. `waiting`, `running`: numbers of jobs by task; `stalled`: running jobs whose worker has
    sent no heartbeat for long."""

    waiting: dict[str, int]
    running: dict[str, int]
    stalled: int


def job_counts(connection: Connection) -> JobCounts:
    """Return the numbers of jobs; zeros if no worker has ever run."""
    if value_of(connection.execute("SELECT to_regclass('procrastinate_jobs')")) is None:
        return JobCounts({}, {}, 0)
    counts: dict[str, dict[str, int]] = {"todo": {}, "doing": {}}
    stalled = 0
    for task, status, number, silent in _COUNTS.execute(connection, limit=STALLED):
        counts.setdefault(status, {})[task] = number
        stalled += silent if status == "doing" else 0
    return JobCounts(counts["todo"], counts["doing"], stalled)


async def install(parameters: dict[str, Any]) -> None:
    """Create or migrate the tables of the queue; safe if several processes do so at once."""
    import psycopg
    from procrastinate.schema import SchemaManager

    migrations = sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    async with await psycopg.AsyncConnection.connect(**parameters) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (SINGLE_LOCKS, SCHEMA))
        cursor = await connection.execute(_INSTALLED)
        row = await cursor.fetchone()
        installed = row[0] if row else None
        if installed == migrations[-1]:
            return
        if row is None:
            await connection.execute(SchemaManager.get_schema())
            for statement in _TUNING:
                await connection.execute(statement)
        for name in migrations:
            if installed is not None and name > installed:
                path = Path(SchemaManager.get_migrations_path()) / name
                await connection.execute(path.read_text(encoding="utf-8").encode())
        await connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{migrations[-1]}'".encode())


_INSTALLED = """
    SELECT obj_description(oid, 'pg_class') FROM pg_class
    WHERE relname = 'procrastinate_jobs' AND pg_table_is_visible(oid)
"""
_TUNING = (
    # Every row is written three times and deleted. Without frequent vacuuming, fetching a job reads the dead ones; and
    # each time the queue is empty, truncating the table would lock it.
    "ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false)",
    "ALTER TABLE procrastinate_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, "
    "autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false)",
)
_COUNTS = Prepared("""
    SELECT task_name, status::text, count(*),
        count(*) FILTER (WHERE worker.id IS NULL OR last_heartbeat < now() - :limit * interval '1 second')
    FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    GROUP BY 1, 2
""")
