"""Reads and writes storylines: which stories belong to one saga, over weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from aggregator.grouping.types import BY_HAND, EarlierStory, StorylinePlacement, storyline_id
from aggregator.model import Article, Storyline, StoryReference
from aggregator.store.mapping import chunks, epoch, from_row, moment, placeholders
from aggregator.store.schema import articles
from aggregator.text.own_links import host_of, own_links

EARLIER = 20
"""Earlier stories of a storyline, at most, that a story names."""
LIFE = 30 * 86400
"""Seconds after its newest article for which the profile of a story is kept, and its storyline can be continued."""
MOST_PROFILES = 200_000
"""Stories that new ones are compared with at most: the newest, which limits memory."""
TITLE = "(SELECT title FROM articles WHERE story = ? AND duplicate_of IS NULL ORDER BY founder DESC, date, id LIMIT 1)"
"""The title of a story: that of its first article."""


class Chapter(msgspec.Struct, frozen=True):
    """A story of a storyline. `why`: the reason for its storyline, None for the first story; `by_hand`: it was put
    there by a correction."""

    story: StoryReference
    why: str | None
    by_hand: bool


class StorylineCorrection(msgspec.Struct, frozen=True):
    """The storyline (id, or None) that a correction decided for a story."""

    story: StoryReference
    storyline: str | None


class StorylineOfStory(msgspec.Struct, frozen=True):
    """The storyline of a story with all its stories, oldest first. `id`, `title`: None without a storyline; `by_hand`:
    whether a correction decided that."""

    id: str | None
    title: str | None
    by_hand: bool
    chapters: tuple[Chapter, ...] = ()


# For grouping


def earlier_stories(connection: Connection, dates: Iterable[datetime]) -> list[EarlierStory]:
    """Return the stories of the last weeks before these dates that have a profile or a storyline."""
    start = (epoch(min(dates)) or 0) - LIFE
    rows = connection.exec_driver_sql(
        "SELECT id, began, storyline, profile FROM stories WHERE profile IS NOT NULL AND updated >= ?1 "
        "UNION ALL SELECT id, began, storyline, x'' FROM stories "
        "WHERE storyline IS NOT NULL AND profile IS NULL AND updated >= ?1 ORDER BY began DESC LIMIT ?2",
        (start, MOST_PROFILES),
    )
    return [EarlierStory(*row) for row in rows]


def without_storyline(connection: Connection) -> frozenset[str]:
    """Return the ids of the stories that a correction took out of their storyline."""
    query = "SELECT id FROM stories WHERE storyline_by_hand = 1 AND storyline IS NULL"
    return frozenset(connection.exec_driver_sql(query).scalars())


def linked_articles(connection: Connection, keys: Sequence[int]) -> dict[int, list[tuple[int, str | None]]]:
    """Return the articles of the same publisher that the texts of articles link to: key, and id of the story."""
    siblings = _sources_by_host(connection)
    links: dict[tuple[int, str], list[int]] = defaultdict(list)  # by source and URL of the target
    for chunk in chunks(keys):
        query = (
            "SELECT a.key, a.source, a.url, c.html FROM articles a JOIN contents c ON c.article = a.key "  # noqa: S608
            f"WHERE a.url IS NOT NULL AND a.key IN ({placeholders(chunk)})"
        )
        for key, source, url, html in connection.exec_driver_sql(query, tuple(chunk)):
            for target in own_links(url, html):
                for sibling in {source, *siblings[host_of(url)]}:
                    links[sibling, target].append(key)
    linked: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    for part in chunks([*links]):
        query = (
            "SELECT source, url, key, story FROM articles "  # noqa: S608
            f"WHERE (source, url) IN (VALUES {', '.join(['(?, ?)'] * len(part))})"
        )
        for source, url, key, story in connection.exec_driver_sql(query, tuple(one for pair in part for one in pair)):
            for linking in links[source, url]:
                linked[linking].append((key, story))
    return linked


def _sources_by_host(connection: Connection) -> dict[str, list[int]]:
    by_host: dict[str, list[int]] = defaultdict(list)
    for key, home in connection.exec_driver_sql("SELECT key, home FROM sources WHERE home IS NOT NULL"):
        by_host[host_of(home)].append(key)
    return by_host


def founders(connection: Connection, stories: Sequence[str]) -> dict[str, Article]:
    """Return the first article of each of these stories."""
    key_of: dict[str, int] = {}
    for chunk in chunks(stories):
        query = (
            "SELECT story, key FROM articles WHERE duplicate_of IS NULL "  # noqa: S608
            f"AND story IN ({placeholders(chunk)}) ORDER BY founder, date DESC, id DESC"
        )
        key_of.update((story, key) for story, key in connection.exec_driver_sql(query, tuple(chunk)))
    rows = [
        row
        for chunk in chunks([*key_of.values()])
        for row in connection.execute(select(articles).where(articles.c.key.in_(chunk))).mappings()
    ]
    return {row["story"]: from_row(row) for row in rows}


def save_storylines(
    connection: Connection, placements: Sequence[StorylinePlacement], profiles: Mapping[str, bytes]
) -> None:
    """Store the storylines of stories that have none, and the profiles of stories. Corrections take precedence."""
    new = [(one.storyline, one.story) for one in placements if one.why is None]
    placed = [(one.storyline, one.why, one.story) for one in placements]
    for statement, rows in (
        ("UPDATE stories SET profile = ?2 WHERE id = ?1", [*profiles.items()]),
        (f"INSERT OR IGNORE INTO storylines (id, title) VALUES (?, {TITLE})", new),  # noqa: S608
        (
            "UPDATE stories SET storyline = ?, storyline_why = ? "
            "WHERE id = ? AND storyline IS NULL AND storyline_by_hand = 0",
            placed,
        ),
    ):
        if rows:
            connection.exec_driver_sql(statement, rows)


def inherit_storyline(connection: Connection, old: str, into: str) -> None:
    """Give the storyline of a story to the one that it is merged into, unless that has one. Corrections come first."""
    connection.exec_driver_sql(
        "UPDATE stories SET (storyline, storyline_why, storyline_by_hand) = "
        "(SELECT storyline, storyline_why, storyline_by_hand FROM stories WHERE id = ?1) WHERE id = ?2 AND "
        "(SELECT storyline_by_hand > stories.storyline_by_hand OR (storyline IS NOT NULL AND stories.storyline IS NULL "
        "AND stories.storyline_by_hand = 0) FROM stories old WHERE id = ?1)",
        (old, into),
    )


def prune_storylines(connection: Connection) -> None:
    """Delete storylines without stories, and the profiles of stories that are too old to be continued."""
    connection.exec_driver_sql(
        "UPDATE stories SET profile = NULL WHERE profile IS NOT NULL "
        "AND updated < (SELECT max(updated) FROM stories) - ?",
        (LIFE,),
    )
    connection.exec_driver_sql(
        "DELETE FROM storylines WHERE NOT EXISTS (SELECT 1 FROM stories WHERE storyline = storylines.id)"
    )


# Corrections


def put_into_storyline(connection: Connection, story: str, other: str) -> None:
    """Put a story into the storyline of another one, permanently; they found one if the other has none."""
    query = "SELECT storyline FROM stories WHERE id = ?"
    storyline = connection.exec_driver_sql(query, (other,)).scalar_one()
    if storyline is None:
        storyline = storyline_id(other)
        connection.exec_driver_sql(f"INSERT OR IGNORE INTO storylines VALUES (?, {TITLE})", (storyline, other))  # noqa: S608
        connection.exec_driver_sql(
            "UPDATE stories SET storyline = ?, storyline_why = NULL WHERE id = ?", (storyline, other)
        )
    connection.exec_driver_sql(
        "UPDATE stories SET storyline = ?, storyline_why = ?, storyline_by_hand = 1 WHERE id = ?",
        (storyline, BY_HAND, story),
    )


def take_out_of_storyline(connection: Connection, story: str) -> None:
    """Take a story out of its storyline, permanently."""
    connection.exec_driver_sql(
        "UPDATE stories SET storyline = NULL, storyline_why = NULL, storyline_by_hand = 1 WHERE id = ?", (story,)
    )


def storyline_corrections(connection: Connection) -> list[StorylineCorrection]:
    """Return all corrections, by the time when the stories began."""
    query = (
        "SELECT s.id, s.storyline, a.title, a.url, min(a.date) FROM stories s "
        "JOIN articles a ON a.story = s.id AND a.duplicate_of IS NULL "
        "WHERE s.storyline_by_hand = 1 GROUP BY s.id ORDER BY s.began, s.id"
    )
    return [
        StorylineCorrection(StoryReference(story, title, url, moment(date)), storyline)
        for story, storyline, title, url, date in connection.exec_driver_sql(query)
    ]


def rename_storyline(connection: Connection, storyline: str, title: str) -> None:
    """Change the title of a storyline."""
    connection.exec_driver_sql("UPDATE storylines SET title = ? WHERE id = ?", (title, storyline))


# For readers


def storyline_of(connection: Connection, story: str) -> StorylineOfStory:
    """Return the storyline of a story with all its stories."""
    storyline, title, by_hand = connection.exec_driver_sql(
        "SELECT l.id, l.title, s.storyline_by_hand FROM stories s LEFT JOIN storylines l ON l.id = s.storyline "
        "WHERE s.id = ?",
        (story,),
    ).one()
    members = _members(connection, [storyline])[storyline] if storyline else []
    chapters = tuple(Chapter(one.story, one.why, one.by_hand) for one in reversed(members))
    return StorylineOfStory(storyline, title, bool(by_hand), chapters)


def read_storylines(connection: Connection, ids: Sequence[str]) -> dict[str, Storyline]:
    """Return the storylines of these stories, by id of the story, each with the earlier stories."""
    query = (
        "SELECT s.id, s.began, s.storyline_why, l.id, l.title FROM stories s JOIN storylines l ON l.id = s.storyline "  # noqa: S608
        f"WHERE s.id IN ({placeholders(ids)})"
    )
    rows = connection.exec_driver_sql(query, tuple(ids)).all()
    members = _members(connection, sorted({storyline for _, _, _, storyline, _ in rows})) if rows else {}
    return {
        story: Storyline(id=storyline, title=title, why=why or "", earlier=_earlier(members[storyline], story, began))
        for story, began, why, storyline, title in rows
    }


class _Member(msgspec.Struct, frozen=True):
    began: int
    story: StoryReference
    why: str | None
    by_hand: bool


def _earlier(members: Sequence[_Member], story: str, began: int) -> tuple[StoryReference, ...]:
    earlier = [one.story for one in members if one.began < began and one.story.id != story]
    return tuple(earlier[:EARLIER])


def _members(connection: Connection, storylines: Sequence[str]) -> dict[str, list[_Member]]:
    """Return the stories of each storyline, newest first."""
    members: dict[str, list[_Member]] = defaultdict(list)
    query = (
        "SELECT s.storyline, s.began, s.storyline_why, s.storyline_by_hand, s.id, a.title, a.url, min(a.date) "  # noqa: S608
        "FROM stories s JOIN articles a ON a.story = s.id AND a.duplicate_of IS NULL "
        f"WHERE s.storyline IN ({placeholders(storylines)}) GROUP BY s.id ORDER BY s.began DESC, s.id"
    )
    for storyline, began, why, by_hand, story, title, url, date in connection.exec_driver_sql(query, tuple(storylines)):
        members[storyline].append(_Member(began, StoryReference(story, title, url, moment(date)), why, bool(by_hand)))
    return members
