"""The status of an installation that several workers share: from its schedule and its jobs, not source by source."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.inspect.status import JobFigures, SourceFigures, Status, make_status
from aggregator.jobs.engine import read_counts
from aggregator.jobs.schedule import count_all, create_tables
from aggregator.store import Store


def shared_status(config: Config, store: Store, now: datetime) -> Status:
    """Return the status of an installation with a store in PostgreSQL."""
    create_tables(store.connection)
    figures, due, jobs = store.figures(), count_all(store.connection, now), read_counts(store.connection)
    counts = SourceFigures(
        total=due.total - due.gone,
        due=due.due,
        overdue=due.overdue,
        oldest_due=due.oldest,
        failing=figures.failing,
        gone=figures.gone,
        errors=figures.errors,
    )
    status = make_status(config, store, figures, counts, now)
    shown = JobFigures(workers=jobs.workers, waiting=jobs.waiting, running=jobs.running, stalled=jobs.stalled)
    return msgspec.structs.replace(status, jobs=shown)
