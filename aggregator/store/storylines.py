"""Reads and writes storylines: which stories belong to one saga, over weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec

from aggregator.grouping.reasons import BY_HAND, EARLIER_LEFT, Continues, decode
from aggregator.grouping.types import EarlierStory, StorylinePlacement, storyline_id
from aggregator.model import Storyline, StoryReference
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks, epoch, index_keys, moment
from aggregator.store.prepared import Prepared
from aggregator.store.reasons import renew_storylines, storylines_of
from aggregator.text.own_links import host_of, own_links

EARLIER = 20
"""Earlier stories of a storyline, at most, that a story names."""
LIFE = 30 * 86400
"""Seconds after its newest article for which the profile of a story is kept, and its storyline can be continued."""
MOST_PROFILES = 200_000
"""Stories that new ones are compared with at most: the newest, which limits memory."""

_EARLIER = Prepared(
    "SELECT id, began, storyline, profile FROM stories WHERE profile IS NOT NULL AND updated >= :start "
    "UNION ALL SELECT id, began, storyline, :empty FROM stories "
    "WHERE storyline IS NOT NULL AND profile IS NULL AND updated >= :start ORDER BY began DESC LIMIT :limit"
)
_WITHOUT_STORYLINE = Prepared("SELECT id FROM stories WHERE storyline_by_hand = 1 AND storyline IS NULL")
_TEXTS = Prepared(
    "SELECT a.key, a.source, a.url, c.html FROM articles a JOIN contents c ON c.article = a.key "
    "WHERE a.url IS NOT NULL AND a.key IN :keys"
)
_WITH_URLS = Prepared("SELECT url, key, story FROM articles WHERE source = :source AND index_key(url) IN :urls")
_HOMES = Prepared("SELECT key, home FROM sources WHERE home IS NOT NULL")
_WRITE_PROFILE = Prepared("UPDATE stories SET profile = :body WHERE id = :id")
_FOUND = Prepared(  # its title is that of the first article of the story
    "INSERT INTO storylines (id, title) VALUES (:storyline, (SELECT title FROM articles WHERE story = :id "
    "AND duplicate_of IS NULL ORDER BY coalesce(founder, 0) DESC, date, id LIMIT 1)) ON CONFLICT DO NOTHING"
)
_PLACE = Prepared(
    "UPDATE stories SET storyline = :storyline, storyline_why = :why "
    "WHERE id = :id AND storyline IS NULL AND storyline_by_hand = 0"
)
_INHERIT = Prepared(
    "UPDATE stories SET (storyline, storyline_why, storyline_by_hand) = "
    "(SELECT storyline, storyline_why, storyline_by_hand FROM stories WHERE id = :old) WHERE id = :into AND "
    "(SELECT old.storyline_by_hand > stories.storyline_by_hand OR (old.storyline IS NOT NULL "
    "AND stories.storyline IS NULL AND stories.storyline_by_hand = 0) FROM stories old WHERE old.id = :old)"
)
_PRUNE_PROFILES = Prepared(
    "UPDATE stories SET profile = NULL WHERE profile IS NOT NULL "
    "AND updated < (SELECT max(updated) FROM stories) - :life"
)
_PRUNE = Prepared("DELETE FROM storylines WHERE NOT EXISTS (SELECT 1 FROM stories WHERE storyline = storylines.id)")
_OF_STORY = Prepared("SELECT storyline FROM stories WHERE id = :story")
_DECIDE = Prepared(
    "UPDATE stories SET storyline = :storyline, storyline_why = :why, storyline_by_hand = 1 WHERE id = :story"
)
_RENAME = Prepared("UPDATE storylines SET title = :title WHERE id = :storyline")
_STORYLINE = Prepared(
    "SELECT l.id, l.title, s.storyline_by_hand FROM stories s LEFT JOIN storylines l ON l.id = s.storyline "
    "WHERE s.id = :story"
)
_FIRST_OF_STORY = (
    "FROM stories s JOIN articles a ON a.key = (SELECT b.key FROM articles b "
    "WHERE b.story = s.id AND b.duplicate_of IS NULL ORDER BY b.date, b.key LIMIT 1)"
)
_DECIDED = Prepared(
    f"SELECT s.id, s.storyline, a.title, a.url, a.date {_FIRST_OF_STORY} "
    "WHERE s.storyline_by_hand = 1 ORDER BY s.began, s.id"
)
_MEMBERS = Prepared(
    "SELECT s.storyline, s.began, s.storyline_why, s.storyline_by_hand, s.id, a.title, a.url, a.date, a.outlet "
    f"{_FIRST_OF_STORY} WHERE s.storyline IN :storylines ORDER BY s.began DESC, s.id"
)
_STORYLINES = Prepared(
    "SELECT s.id, s.began, l.id, l.title FROM stories s JOIN storylines l ON l.id = s.storyline WHERE s.id IN :ids"
)


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
    rows = _EARLIER.execute(connection, start=start, empty=b"", limit=MOST_PROFILES)
    return [EarlierStory(*row) for row in rows]


def without_storyline(connection: Connection) -> frozenset[str]:
    """Return the ids of the stories that a correction took out of their storyline."""
    return frozenset(_WITHOUT_STORYLINE.column(connection))


def linked_articles(connection: Connection, keys: Sequence[int]) -> dict[int, list[tuple[int, str | None]]]:
    """Return the articles of the same publisher that the texts of articles link to: key, and id of the story."""
    siblings = _sources_by_host(connection)
    links: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))  # by source and URL of the target
    for chunk in chunks(sorted(keys)):  # in the order of the pages on disk
        for key, source, url, html in _TEXTS.execute(connection, keys=chunk):
            if targets := own_links(url, html):
                for sibling in {source, *siblings[host_of(url)]}:
                    for target in targets:
                        links[sibling][target].append(key)
    linked: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    for source, by_url in links.items():
        for urls in chunks(index_keys(connection, by_url)):
            for url, key, story in _WITH_URLS.execute(connection, source=source, urls=urls):
                for linking in by_url.get(url, ()):
                    linked[linking].append((key, story))
    return linked


def _sources_by_host(connection: Connection) -> dict[str, list[int]]:
    by_host: dict[str, list[int]] = defaultdict(list)
    for key, home in _HOMES.execute(connection):
        by_host[host_of(home)].append(key)
    return by_host


def save_storylines(
    connection: Connection, placements: Sequence[StorylinePlacement], profiles: Mapping[str, bytes]
) -> None:
    """Store the storylines of stories that have none, and the profiles of stories. Corrections take precedence."""
    _WRITE_PROFILE.execute_many(connection, [{"id": story, "body": body} for story, body in sorted(profiles.items())])
    placed = [{"id": one.story, "storyline": one.storyline, "why": one.why} for one in placements]
    _FOUND.execute_many(connection, [row for row in placed if row["why"] is None])
    _PLACE.execute_many(connection, sorted(placed, key=itemgetter("id")))


def inherit_storyline(connection: Connection, old: str, into: str) -> None:
    """Give the storyline of a story to the one that it is merged into, unless that has one. Corrections come first."""
    _INHERIT.execute(connection, old=old, into=into)


def prune_storylines(connection: Connection) -> None:
    """Delete storylines without stories, and the profiles of stories that are too old to be continued."""
    _PRUNE_PROFILES.execute(connection, life=LIFE)
    _PRUNE.execute(connection)


# Corrections


def put_into_storyline(connection: Connection, story: str, other: str) -> None:
    """Put a story into the storyline of another one, permanently; they found one if the other has none."""
    storyline = _OF_STORY.value(connection, story=other)
    if storyline is None:
        storyline = storyline_id(other)
        _FOUND.execute(connection, id=other, storyline=storyline)
        _PLACE.execute(connection, id=other, storyline=storyline, why=None)
    _decide(connection, story, storyline, BY_HAND)


def take_out_of_storyline(connection: Connection, story: str) -> None:
    """Take a story out of its storyline, permanently."""
    _decide(connection, story, None, None)


def _decide(connection: Connection, story: str, storyline: str | None, why: str | None) -> None:
    left = storylines_of(connection, [story])
    _DECIDE.execute(connection, story=story, storyline=storyline, why=why)
    renew_storylines(connection, left)


def storyline_corrections(connection: Connection) -> list[StorylineCorrection]:
    """Return all corrections, by the time when the stories began."""
    return [
        StorylineCorrection(StoryReference(story, title, url, moment(date)), storyline)
        for story, storyline, title, url, date in _DECIDED.execute(connection)
    ]


def rename_storyline(connection: Connection, storyline: str, title: str) -> None:
    """Change the title of a storyline."""
    _RENAME.execute(connection, storyline=storyline, title=title)


# For readers


def storyline_of(connection: Connection, story: str) -> StorylineOfStory:
    """Return the storyline of a story with all its stories."""
    storyline, title, by_hand = _STORYLINE.execute(connection, story=story).fetchone()
    members = _members(connection, [storyline])[storyline] if storyline else []
    chapters = tuple(Chapter(one.story, one.why, one.by_hand) for one in reversed(members))
    return StorylineOfStory(storyline, title, bool(by_hand), chapters)


def read_storylines(connection: Connection, ids: Sequence[str]) -> dict[str, Storyline]:
    """Return the storylines of these stories, by id of the story, each with the earlier stories."""
    rows = _STORYLINES.execute(connection, ids=ids).fetchall()
    members = _members(connection, sorted({storyline for _, _, storyline, _ in rows})) if rows else {}
    return {
        story: Storyline(
            id=storyline,
            title=title,
            why=next((one.why for one in members[storyline] if one.story.id == story), None) or "",
            earlier=_earlier(members[storyline], story, began),
        )
        for story, began, storyline, title in rows
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
    rows = [*_MEMBERS.named(connection, storylines=storylines)]
    by_storyline: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        by_storyline[row.storyline][row.id] = row
    for row in rows:
        why = _why(row.storyline_why, by_storyline[row.storyline])
        story = StoryReference(row.id, row.title, row.url, moment(row.date))
        members[row.storyline].append(_Member(row.began, story, why, bool(row.storyline_by_hand)))
    return members


def _why(stored: str | None, members: Mapping[str, Any]) -> str | None:
    """Return the reason of a story in words. `members`: rows of the stories of its storyline, by id."""
    reason = decode(stored)
    if not isinstance(reason, Continues):
        return reason if isinstance(reason, str) else None
    cited = members.get(reason.cites)
    return reason.text(cited.outlet, cited.title, moment(cited.date)) if cited else EARLIER_LEFT
