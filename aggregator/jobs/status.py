"""What workers are doing: the schedule, the queue and the sessions that hold shards, as the database sees them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, text

from aggregator.jobs.leases import SESSION_NAME, SHARD_LOCKS
from aggregator.jobs.queue_tables import JobCounts, job_counts
from aggregator.jobs.schedule import DueCounts, count_all, parts_for_roster


class WorkerSession(msgspec.Struct, frozen=True):
    """A session of a worker. `name`: host and process; `backend`: process id at the server; `shards`: how many it
    holds; `connected`, `silent`: seconds since it connected, and since its last heartbeat."""

    name: str
    backend: int
    shards: int
    connected: int
    silent: int


class WorkStatus(msgspec.Struct, frozen=True):
    """The state of all workers. `parts`: the number of jobs that all sources make."""

    schedule: DueCounts
    jobs: JobCounts
    workers: list[WorkerSession]
    parts: int


_SESSIONS = """
    SELECT substr(application_name, length(:prefix) + 1), pid,
        (SELECT count(*) FROM pg_locks WHERE pg_locks.pid = session.pid AND locktype = 'advisory' AND granted
         AND classid = :locks AND objsubid = 2),
        extract(epoch FROM clock_timestamp() - backend_start)::int,
        CASE WHEN state = 'active' THEN 0 ELSE extract(epoch FROM clock_timestamp() - state_change)::int END
    FROM pg_stat_activity AS session
    WHERE datname = current_database() AND starts_with(application_name, :prefix)
    ORDER BY application_name, pid
"""


def read_status(connection: Connection, now: datetime) -> WorkStatus:
    """Return the state of all workers on this database."""
    rows = connection.execute(text(_SESSIONS), {"prefix": SESSION_NAME, "locks": SHARD_LOCKS})
    return WorkStatus(
        schedule=count_all(connection, now),
        jobs=job_counts(connection),
        workers=[WorkerSession(*row) for row in rows],
        parts=parts_for_roster(connection),
    )
