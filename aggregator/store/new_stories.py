"""Inserts the stories that grouping has found, complete: to insert and then to update them takes several times as
long, since each of both writes to all indexes."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

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
    new, profiles = grouping.new_stories, grouping.profiles
    placed = {one.key: one for one in grouping.placements if one.story in new}
    complete = new.keys() - grouping.merged.values()
    known: dict[str, tuple[int, int, int]] = {}  # by story: date of the newest article, size, and newest news
    unread = {*placed}
    for chunk in chunks(sorted(placed)):
        for key, date, news in _TIMES.execute(connection, keys=chunk, late=LATE):
            unread.discard(key)
            article = placed[key]
            if article.duplicate_of is None:
                updated, size, revised = known.get(article.story, (date, 0, news))
                known[article.story] = max(updated, date), size + 1, max(revised, news)
    complete -= {placed[key].story for key in unread}
    rows = []
    for story, began in new.items():
        if story in complete:
            updated, size, revised = known.get(story, (0, 0, 0))
            rows.append((story, updated, began, size, revised, profiles.get(story)))
        else:
            rows.append((story, 0, began, 0, 0, None))
    inserted = _INSERT.execute_tuples(connection, rows)
    _DELETE_REDIRECT.execute_tuples(connection, [(story,) for story in new])
    return complete if inserted == len(rows) else frozenset()
