"""The status of an installation that several workers share: schedule, queue and sessions, as the database sees them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.inspect.health import unusual_sources
from aggregator.inspect.status import JobFigures, SourceFigures, Status, WorkerFigures, make_status
from aggregator.jobs.leases import SHARD_LOCKS
from aggregator.jobs.queue_tables import job_counts
from aggregator.jobs.schedule import count_all, create_tables
from aggregator.store import Store
from aggregator.store.connection import Connection
from aggregator.store.postgresql import WORKER_SESSION
from aggregator.store.prepared import Prepared

_WORKERS = Prepared("""
    SELECT substr(application_name, length(:prefix) + 1),
        (SELECT count(*) FROM pg_locks WHERE pg_locks.pid = ANY(array_agg(session.pid)) AND locktype = 'advisory'
         AND granted AND classid = :locks AND objsubid = 2),
        extract(epoch FROM clock_timestamp() - min(backend_start))::int,
        min(CASE WHEN state = 'active' THEN 0 ELSE extract(epoch FROM clock_timestamp() - state_change)::int END)
    FROM pg_stat_activity AS session
    WHERE datname = current_database() AND starts_with(application_name, :prefix)
    GROUP BY application_name, client_addr ORDER BY application_name, min(pid)
""")
"""A worker that takes in a changed configuration has two sessions for a moment."""


def shared_status(config: Config, store: Store, now: datetime) -> Status:
    """Return the status of an installation with a store in PostgreSQL."""
    create_tables(store.connection)
    figures, schedule = store.figures(), count_all(store.connection, now)
    collected = [source for source in store.sources(config) if source.settings.enabled and not source.state.gone]
    sources = SourceFigures(
        total=schedule.total - schedule.gone,
        due=schedule.due,
        overdue=schedule.overdue,
        oldest_due=schedule.oldest,
        failing=figures.failing,
        gone=figures.gone,
        errors=figures.errors,
        **unusual_sources(collected, store, now),
    )
    status = make_status(config, store, figures, sources, now)
    return msgspec.structs.replace(status, jobs=read_jobs(store.connection))


def read_jobs(connection: Connection) -> JobFigures:
    """Return the jobs and the workers on this database."""
    counts = job_counts(connection)
    rows = _WORKERS.execute(connection, prefix=WORKER_SESSION, locks=SHARD_LOCKS)
    workers = [
        WorkerFigures(name=name, shards=shards, connected=connected, silent=silent)
        for name, shards, connected, silent in rows
    ]
    return JobFigures(workers=workers, waiting=counts.waiting, running=counts.running, stalled=counts.stalled)
