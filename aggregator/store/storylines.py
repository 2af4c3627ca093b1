"""Reads and writes storylines: which stories belong to one saga, over weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from aggregator.model import Storyline, StoryReference
from aggregator.store.mapping import chunks, moment, placeholders

EARLIER = 20
"""Earlier stories of a storyline, at most, that a story names."""


class KnownStory(msgspec.Struct, frozen=True):
    """A stored story that an article links to. `began`: epoch seconds; `storyline`: the id of its storyline, if any."""

    id: str
    title: str
    began: int
    storyline: str | None


def unexamined(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of these stories whose storyline has not been looked for."""
    found: set[str] = set()
    for chunk in chunks(ids):
        query = f"SELECT id FROM stories WHERE examined = 0 AND id IN ({placeholders(chunk)})"  # noqa: S608
        found.update(connection.exec_driver_sql(query, tuple(chunk)).scalars())
    return found


def stories_at(connection: Connection, urls: Sequence[str]) -> dict[str, KnownStory]:
    """Return the stories of the articles at these canonical URLs, by URL."""
    known = {}
    for chunk in chunks(urls):
        query = (
            "SELECT a.url, s.id, a.title, s.began, s.storyline FROM articles a JOIN stories s ON s.id = a.story "  # noqa: S608
            f"WHERE a.source IN (SELECT key FROM sources) AND a.url IN ({placeholders(chunk)})"
        )
        for url, *story in connection.exec_driver_sql(query, tuple(chunk)):
            known[url] = KnownStory(*story)
    return known


def save_storylines(
    connection: Connection, examined: Iterable[str], storylines: Mapping[str, str], members: Mapping[str, str]
) -> None:
    """Store new storylines (titles by id), and the storyline of each of `members`. `examined`: ids of stories."""
    for statement, rows in (
        ("UPDATE stories SET examined = 1 WHERE id = ?", [(story,) for story in examined]),
        ("INSERT OR IGNORE INTO storylines VALUES (?, ?)", [*storylines.items()]),
        ("UPDATE stories SET storyline = ?2 WHERE id = ?1 AND storyline IS NULL", [*members.items()]),
    ):
        if rows:
            connection.exec_driver_sql(statement, rows)


def read_storylines(connection: Connection, ids: Sequence[str]) -> dict[str, Storyline]:
    """Return the storylines of these stories, by id of the story, each with the earlier stories."""
    query = (
        "SELECT s.id, s.began, l.id, l.title FROM stories s JOIN storylines l ON l.id = s.storyline "  # noqa: S608
        f"WHERE s.id IN ({placeholders(ids)})"
    )
    rows = connection.exec_driver_sql(query, tuple(ids)).all()
    members = _members(connection, sorted({storyline for _, _, storyline, _ in rows})) if rows else {}
    return {
        story: Storyline(id=storyline, title=title, earlier=_earlier(members[storyline], story, began))
        for story, began, storyline, title in rows
    }


def _earlier(members: Sequence[tuple[int, StoryReference]], story: str, began: int) -> tuple[StoryReference, ...]:
    earlier = [reference for start, reference in members if start < began and reference.id != story]
    return tuple(earlier[:EARLIER])


def _members(connection: Connection, storylines: Sequence[str]) -> dict[str, list[tuple[int, StoryReference]]]:
    """Return the stories of each storyline, newest first, with the times when they began."""
    members: dict[str, list[tuple[int, StoryReference]]] = defaultdict(list)
    query = (
        "SELECT s.storyline, s.began, s.id, a.title, a.url, min(a.date) FROM stories s "  # noqa: S608
        "JOIN articles a ON a.story = s.id AND a.duplicate_of IS NULL "
        f"WHERE s.storyline IN ({placeholders(storylines)}) GROUP BY s.id ORDER BY s.began DESC, s.id"
    )
    for storyline, began, story, title, url, date in connection.exec_driver_sql(query, tuple(storylines)):
        members[storyline].append((began, StoryReference(story, title, url, moment(date))))
    return members
