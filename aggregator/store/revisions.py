"""Reads and writes what readers have seen of stories, and when they last had a reason to look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from aggregator.model import Story
from aggregator.store.mapping import epoch
from aggregator.store.schema import stories
from aggregator.store.stories import read_stories


def stale_stories(connection: Connection) -> list[tuple[Story, bytes]]:
    """Return the published stories that have changed, each with the digest of what readers have seen of it."""
    digests = {row.id: row.digest for row in connection.execute(select(stories).where(stories.c.stale == 1))}
    return [(story, digests[story.id] or b"") for story, _ in read_stories(connection, sorted(digests))]


def write_digests(connection: Connection, digests: Mapping[str, bytes], now: datetime | None) -> None:
    """Store the digest of what readers see of each story from now on. `now`: it is not what they saw before.

    The time of a revision never goes back, even if the clock does.
    """
    connection.exec_driver_sql(
        "UPDATE stories SET digest = ?, stale = 0, revised = max(revised, ?) WHERE id = ?",
        [(digest, epoch(now) or 0, story) for story, digest in digests.items()],
    )


def write_first_digests(connection: Connection, digests: Mapping[str, bytes]) -> None:
    """Store the digest of what readers see of each story, where none is stored."""
    if digests:
        connection.exec_driver_sql(
            "UPDATE stories SET digest = ? WHERE id = ? AND digest IS NULL",
            [(digest, story) for story, digest in digests.items()],
        )
