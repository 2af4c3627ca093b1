"""Reads and writes what readers have seen of stories, and when they last had a reason to look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aggregator.model import Story
from aggregator.store.connection import Connection
from aggregator.store.mapping import epoch
from aggregator.store.prepared import Prepared
from aggregator.store.stories import read_stories

_STALE = Prepared("SELECT id, digest FROM stories WHERE stale = 1")
_WRITE = Prepared(
    "UPDATE stories SET digest = :digest, stale = 0, revised = CASE WHEN revised < :now THEN :now ELSE revised END "
    "WHERE id = :id"
)
_WRITE_FIRST = Prepared("UPDATE stories SET digest = :digest WHERE id = :id AND digest IS NULL")


def stale_stories(connection: Connection) -> list[tuple[Story, bytes]]:
    """Return the published stories that have changed, each with the digest of what readers have seen of it."""
    digests = dict(_STALE.execute(connection))
    return [(one.story, digests[one.story.id] or b"") for one in read_stories(connection, sorted(digests))]


def write_digests(connection: Connection, digests: Mapping[str, bytes], now: datetime | None) -> None:
    """Store the digest of what readers see of each story from now on. `now`: it is not what they saw before.

    The time of a revision never goes back, even if the clock does.
    """
    rows = [{"id": story, "digest": digest, "now": epoch(now) or 0} for story, digest in sorted(digests.items())]
    _WRITE.execute_many(connection, rows)


def write_first_digests(connection: Connection, digests: Mapping[str, bytes]) -> None:
    """Store the digest of what readers see of each story, where none is stored."""
    _WRITE_FIRST.execute_many(connection, [{"id": story, "digest": body} for story, body in sorted(digests.items())])
