"""Figures of a store for monitoring: what waits for grouping, errors by kind, and its size."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.store.connection import Connection
from aggregator.store.mapping import moment
from aggregator.store.outputs import FRESH
from aggregator.store.prepared import Prepared

_ERRORS = Prepared("SELECT kind, gone, count(*) FROM sources WHERE error IS NOT NULL GROUP BY kind, gone")
_UNGROUPED = Prepared("SELECT count(*), min(first_seen) FROM articles WHERE story IS NULL")
_OUTPUTS = Prepared("SELECT name, made, fresh FROM outputs")
_SIZES = {
    "sqlite": Prepared("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": Prepared("SELECT pg_database_size(current_database())"),
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
    kinds = _ERRORS.execute(connection).fetchall()
    errors: dict[str, int] = {}
    for kind, _, count in kinds:
        errors[kind or "unknown"] = errors.get(kind or "unknown", 0) + count
    ungrouped, oldest = _UNGROUPED.execute(connection).fetchone()
    made = _OUTPUTS.execute(connection)
    return Figures(
        failing=sum(count for _, gone, count in kinds if not gone),
        gone=sum(count for _, gone, count in kinds if gone),
        errors=dict(sorted(errors.items())),
        ungrouped=ungrouped,
        oldest_ungrouped=moment(oldest),
        outputs={name: (time, fresh == FRESH) for name, at, fresh in made if (time := moment(at))},
        size=int(_SIZES[connection.dialect].value(connection)),
    )
