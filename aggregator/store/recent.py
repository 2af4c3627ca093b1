"""Reads the stories of an edition: the newest ones, and those of the last day and a half, which it ranks."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from aggregator.model import Story
from aggregator.store.candidates import Candidate, matching_candidates
from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch
from aggregator.store.prepared import Prepared
from aggregator.store.stories import Condition, Selection, largest_ids, matching_stories, newest_ids

RANKED = timedelta(hours=36)
"""The age, relative to the newest story, up to which stories are ranked."""
LISTED = timedelta(hours=48)
"""The age, relative to the newest story, up to which all stories are listed, and back to the beginning of that day."""
MOST = 1000
"""How many stories are read at most, of each of the two kinds, unless more are asked for."""

_ARRIVED = Prepared(  # "+ 0" and no DISTINCT, so that SQLite looks up by `last_seen`, and does not scan all articles
    "SELECT a.story FROM articles a JOIN sources s ON s.key = a.source JOIN stories t ON t.id = a.story "
    "WHERE a.last_seen > :since AND a.first_seen > :since AND a.first_seen > s.began AND a.date + 0 > 0 "
    "AND a.duplicate_of IS NULL AND (t.revised > :since OR NOT EXISTS "
    "(SELECT 1 FROM articles b WHERE b.story = a.story AND b.first_seen <= :since))"
)


class RecentStories(msgspec.Struct, frozen=True):
    """`newest`: at least as many as asked for, and all of the last two days, last revised first; `ranked`: candidates
    for the front of an edition, in any order, some of them without their texts."""

    newest: tuple[Story, ...]
    ranked: tuple[Story | Candidate, ...]


def read_recent(
    connection: Connection, selection: Selection, condition: Condition | None, *, whole: bool
) -> RecentStories:
    """Return the stories that match a selection, and for which the condition is true. `selection.limit`: 0 for all;
    `whole`: read the texts of all candidates, of which an edition shows few."""
    newest = [*_newest(connection, selection, condition)]
    if not selection.limit or not newest:
        return RecentStories(tuple(newest), tuple(newest))
    start = max(story.order for story in newest) - RANKED
    known = {story.id for story in newest}
    ids = largest_ids(connection, int((selection.since or start).timestamp()), MOST)
    ids = [story for story in ids if story not in known]
    candidates = [*newest, *_matching(connection, ids, selection, condition, whole=whole)]
    ranked = [story for story in candidates if selection.since or story.order >= start]
    return RecentStories(tuple(newest), tuple(ranked if len(ranked) >= selection.limit else candidates))


def _matching(
    connection: Connection,
    ids: Sequence[str],
    selection: Selection,
    condition: Condition | None,
    *,
    whole: bool = False,
) -> Iterator[Story | Candidate]:
    """Yield those of these stories that match; their texts are read if they are wanted, or for the condition."""
    if whole or condition:
        return matching_stories(connection, ids, selection, condition)
    return matching_candidates(connection, ids, selection)


def read_arrived(
    connection: Connection,
    selection: Selection,
    condition: Condition | None,
    since: datetime,
    known: Container[str] = (),
) -> Iterator[str]:
    """Yield the ids of the matching stories that a source known before began, or that were revised, since a time.

    An article that joins an older story without news for its readers does not count. `known`: stories to leave out.
    """
    arrived = dict.fromkeys(story for story in _ARRIVED.column(connection, since=epoch(since)) if story)
    ids = [story for story in arrived if story not in known]
    yield from (story.id for story in _matching(connection, ids, selection, condition))


def _newest(connection: Connection, selection: Selection, condition: Condition | None) -> Iterator[Story]:
    """Yield the newest stories until there are enough, and those of the last two days are among them."""
    count, end = 0, None
    for ids in newest_ids(connection, selection.since, 0):
        for story in matching_stories(connection, ids, selection, condition):
            if selection.limit:
                end = end or (story.updated - LISTED).replace(hour=0, minute=0, second=0)
                if count >= selection.limit and (story.updated < end or count >= max(selection.limit, MOST)):
                    return
            count += 1
            yield story
