"""Figures of a store for monitoring: what waits for grouping, errors by kind, and its size."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select, text

from aggregator.store.mapping import moment
from aggregator.store.outputs import FRESH
from aggregator.store.schema import articles, outputs, sources

_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """`failing`, `gone`: numbers of sources; `errors`: of the last failures, by kind; `ungrouped`: number of articles
    without a story; `oldest_ungrouped`: when the first of them was collected; `outputs`: when each (by
    `OutputSettings.key`) was made, and whether it is up to date; `size`: bytes."""

    failing: int
    gone: int
    errors: dict[str, int]
    ungrouped: int
    oldest_ungrouped: datetime | None
    outputs: dict[str, tuple[datetime, bool]]
    size: int


def read_figures(connection: Connection) -> Figures:
    """Return the figures of the store."""
    failures = select(sources.c.kind, sources.c.gone, func.count()).where(sources.c.error.is_not(None))
    kinds = connection.execute(failures.group_by(sources.c.kind, sources.c.gone)).all()
    errors: dict[str, int] = {}
    for kind, _, count in kinds:
        errors[kind or "unknown"] = errors.get(kind or "unknown", 0) + count
    waiting = select(func.count(), func.min(articles.c.first_seen)).where(articles.c.story.is_(None))
    ungrouped, oldest = connection.execute(waiting).one()
    made = connection.execute(select(outputs.c.name, outputs.c.made, outputs.c.fresh))
    return Figures(
        failing=sum(count for _, gone, count in kinds if not gone),
        gone=sum(count for _, gone, count in kinds if gone),
        errors=dict(sorted(errors.items())),
        ungrouped=ungrouped,
        oldest_ungrouped=moment(oldest),
        outputs={name: (time, fresh == FRESH) for name, at, fresh in made if (time := moment(at))},
        size=int(connection.execute(text(_SIZES[connection.dialect.name])).scalar_one()),
    )
