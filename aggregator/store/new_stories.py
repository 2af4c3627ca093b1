"""Inserts the stories that grouping has found, complete: to insert and then to update them takes several times as
long, since each of both writes to all indexes."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from aggregator.grouping.types import Grouping
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks
from aggregator.store.prepared import Prepared, inserting_missing
from aggregator.store.schema import stories

LATE = 86400
"""Seconds after its publication from which an article that arrives counts as new by its arrival."""
NEWS = (
    "CASE WHEN a.date = 0 OR a.first_seen <= s.began OR a.first_seen - a.date <= :late "
    "THEN a.date ELSE a.first_seen END"
)
"""When an article `a` of a source `s` was news: when it was published, unless it arrived late from a known source."""

_INSERT = inserting_missing(stories, ("id", "updated", "began", "size", "revised", "profile"))
_DELETE_REDIRECT = Prepared("DELETE FROM redirects WHERE old = :id")
_TIMES = Prepared(
    f"SELECT a.key, a.date, {NEWS} FROM articles a JOIN sources s ON s.key = a.source "  # noqa: S608 - constants
    "WHERE a.story IS NULL AND a.key IN :keys"
)


def insert_stories(connection: Connection, grouping: Grouping) -> AbstractSet[str]:
    """Insert the new stories. Returns the ids of those that are complete, with their profiles, when their articles are
    placed; the others existed before, or get articles of other stories."""
    rows: dict[str, dict[str, Any]] = {
        story: {"id": story, "updated": 0, "began": began, "size": 0, "revised": 0, "profile": None}
        for story, began in grouping.new_stories.items()
    }
    complete = rows.keys() - grouping.merged.values()
    placed = {one.key: one for one in grouping.placements if one.story in rows}
    times: dict[int, tuple[int, int]] = {}
    for chunk in chunks(sorted(placed)):
        times.update((key, (date, news)) for key, date, news in _TIMES.execute(connection, keys=chunk, late=LATE))
    complete -= {one.story for key, one in placed.items() if key not in times}
    for key, (date, news) in times.items():
        if placed[key].duplicate_of is None:
            row = rows[placed[key].story]
            row["updated"] = max(row["updated"], date) if row["size"] else date
            row["revised"] = max(row["revised"], news) if row["size"] else news
            row["size"] += 1
    for story in rows.keys() - complete:
        rows[story] |= {"updated": 0, "size": 0, "revised": 0}
    for story in complete & grouping.profiles.keys():
        rows[story]["profile"] = grouping.profiles[story]
    inserted = _INSERT.execute_many(connection, rows.values())
    _DELETE_REDIRECT.execute_many(connection, rows.values())
    return complete if inserted == len(rows) else frozenset()
