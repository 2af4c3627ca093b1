"""Reads whole stories: the newest ones that match a selection, or one by its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from aggregator.model import Article, Copy, Story, Storyline, StoryReference
from aggregator.store.connection import Connection
from aggregator.store.mapping import COLUMNS, SELECTED, article_of, chunks, epoch, from_row, moment
from aggregator.store.prepared import Prepared
from aggregator.store.reasons import article_reason
from aggregator.store.storylines import read_storylines

PAGE = 200  # stories read at a time, newest first


_DATE = COLUMNS.index("date")
_ARTICLES = Prepared(
    "SELECT articles.story, articles.key, articles.founder, articles.duplicate_of, articles.why, "  # noqa: S608 - constants
    f"contents.html, sources.address, sources.name, {SELECTED} FROM articles "
    "JOIN sources ON sources.key = articles.source LEFT JOIN contents ON contents.article = articles.key "
    "WHERE articles.story IN :stories"
)
_KEYS = Prepared("SELECT key, id, story, founder, date, duplicate_of FROM articles WHERE story IN :stories")
_REVISED = Prepared("SELECT id, revised FROM stories WHERE id IN :stories")


_LIKE = Prepared("SELECT id FROM stories WHERE id >= :prefix AND id < :end LIMIT 10")
_TARGETS = Prepared("SELECT DISTINCT new FROM redirects WHERE old >= :prefix AND old < :end LIMIT 10")
_MOVED = Prepared("SELECT * FROM articles WHERE was = :story AND story <> :story ORDER BY date")
_PAGES = {
    (since, older): Prepared(
        f"SELECT id, revised FROM stories WHERE {'updated >= :since' if since else '1 = 1'} "  # noqa: S608 - constants
        f"{'AND (revised < :revised OR revised = :revised AND id < :id) ' if older else ''}"
        "ORDER BY revised DESC, id DESC LIMIT :page"
    )
    for since in (False, True)
    for older in (False, True)
}
"""A page of stories, by whether only those since a time are wanted, and whether it follows another page."""
_LARGEST = Prepared("SELECT id FROM stories WHERE updated >= :since ORDER BY size DESC, updated DESC, id LIMIT :limit")
_MERGED = Prepared("SELECT old, new FROM redirects WHERE new IN :ids")
_LEFT = Prepared(
    "SELECT was, title, url, date FROM articles WHERE was IN :old AND duplicate_of IS NULL ORDER BY date DESC"
)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which stories to read: the newest `limit` (0: all) that were updated since a time, are of one of the sources, and
    have an article (not a copy) with one of the tags, in the language.

    Names are compared without regard to case; an empty field selects everything.
    """

    limit: int = 0
    since: datetime | None = None
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    language: str | None = None

    def matches(self, articles: Iterable[Labelled], source_names: Iterable[str]) -> bool:
        """Whether a story with these articles is selected. `source_names`: the addresses (`SourceSettings.key`) and
        names of the sources of its articles."""
        tags, language = _folded(self.tags), (self.language or "").casefold()
        if self.sources and not _folded(self.sources) & _folded(source_names):
            return False
        return not (tags or language) or any(_matches(article, tags, language) for article in articles)


EVERYTHING = Selection()
Condition = Callable[[Story], bool]


class Labelled(Protocol):
    """An article, or what is read of it."""

    @property
    def language(self) -> str | None: ...

    @property
    def tags(self) -> tuple[str, ...]: ...


def _matches(article: Labelled, tags: frozenset[str], language: str) -> bool:
    stated = (article.language or "").casefold()
    in_language = not language or stated == language or stated.startswith(f"{language}-")
    return in_language and (not tags or bool(tags & _folded(article.tags)))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def ids_like(connection: Connection, prefix: str) -> list[str]:
    """Return up to ten ids with this prefix."""
    return [*_LIKE.column(connection, prefix=prefix, end=f"{prefix}\uffff")]


def redirect_targets(connection: Connection, prefix: str) -> list[str]:
    """Return the stories that merged stories with this id prefix redirect to."""
    return [*_TARGETS.column(connection, prefix=prefix, end=f"{prefix}\uffff")]


def moved_articles(connection: Connection, story: str) -> list[tuple[Article, str]]:
    """Return the articles that were moved out of this story, each with the id of its story now."""
    return [(from_row(row), row.story) for row in _MOVED.named(connection, story=story)]


def newest_ids(connection: Connection, since: datetime | None, limit: int) -> Iterator[list[str]]:
    """Yield the ids of all stories, last revised first, in pages. `limit`: number that the caller wants, 0 for all.

    `since`: only stories with an article published since then.
    """
    wanted = {"since": epoch(since), "page": min(limit or PAGE, PAGE)}
    rows = _PAGES[bool(since), False].execute(connection, **wanted).fetchall()
    while rows:
        yield [id for id, _ in rows]
        id, revised = rows[-1]
        rows = _PAGES[bool(since), True].execute(connection, **wanted, id=id, revised=revised).fetchall()


def largest_ids(connection: Connection, since: int, limit: int) -> list[str]:
    """Return the ids of up to `limit` stories with an article published since then, those with most articles first."""
    return [*_LARGEST.column(connection, since=since, limit=limit)]


class _Member(NamedTuple):
    """An article of a story, with what its row says besides. `names`: address and name of its source, and its
    outlet."""

    key: int
    founder: int | None
    duplicate_of: int | None
    why: str | None
    date: int
    id: str
    article: Article
    names: tuple[str | None, ...]


class StoredStory(NamedTuple):
    """A story with the rows of its articles."""

    story: Story
    members: list[_Member]


def source_names(members: Iterable[Any]) -> Iterator[str]:
    """Return the addresses (`SourceSettings.key`) and names of the sources of the articles of a story. `members`: the
    rows of its articles and copies."""
    return (name for one in members if one.duplicate_of is None for name in one.names if name)


def matching_stories(
    connection: Connection, ids: Sequence[str], selection: Selection, condition: Condition | None
) -> Iterator[Story]:
    """Yield those of these stories that match a selection, and for which the condition is true."""
    for read in read_stories(connection, ids):
        selected = selection.matches(read.story.articles, source_names(read.members))
        if selected and (condition is None or condition(read.story)):
            yield read.story


def read_stories(connection: Connection, ids: Sequence[str]) -> list[StoredStory]:
    """Return these stories, in this order."""
    members: dict[str, list[_Member]] = defaultdict(list)
    revised: dict[str, int] = {}
    merged: dict[str, tuple[StoryReference, ...]] = {}
    sagas: dict[str, Storyline] = {}
    for chunk in chunks(ids):
        for story, key, founder, original, why, html, address, name, *own in _ARTICLES.execute(
            connection, stories=chunk
        ):
            article = article_of(own, html)
            names = (address, name, article.source.name)
            members[story].append(_Member(key, founder, original, why, own[_DATE], article.id, article, names))
        revised.update((id, time) for id, time in _REVISED.execute(connection, stories=chunk))
        merged |= _merged_into(connection, chunk)
        sagas |= read_storylines(connection, chunk)
    return [
        StoredStory(
            _story(story, members[story], revised[story], merged.get(story, ()), sagas.get(story)), members[story]
        )
        for story in ids
        if story in members
    ]


def _merged_into(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[StoryReference, ...]]:
    """Return the stories that were merged into each of these, by its id, with the titles that they had."""
    rows = _MERGED.execute(connection, ids=ids).fetchall()
    if not rows:
        return {}
    left = _LEFT.execute(connection, old=[old for old, _ in rows])
    first = {was: StoryReference(was, title, url, moment(date)) for was, title, url, date in left}
    merged: dict[str, tuple[StoryReference, ...]] = defaultdict(tuple)
    for old, new in sorted(rows):
        if old in first:
            merged[new] += (first[old],)
    return merged


def article_keys(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the keys of the articles, and then of the copies, of stories, in the order that `read_stories` gives."""
    by_story: dict[str, list[Any]] = defaultdict(list)
    for chunk in chunks(ids):
        for row in _KEYS.named(connection, stories=chunk):
            by_story[row.story].append(row)
    return {
        story: tuple(row.key for rows_of_kind in in_order(rows) for row in rows_of_kind)
        for story, rows in by_story.items()
    }


def in_order(rows: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Return the rows of a story, the founding article first, then by date: those of its articles, and of copies."""
    ordered = sorted(rows, key=lambda row: (not row.founder, row.date, row.id))
    keys = {row.key for row in ordered}
    originals = [row for row in ordered if row.duplicate_of not in keys]
    return originals, [row for row in ordered if row.duplicate_of in keys]


def _story(
    story: str,
    members: list[_Member],
    revised: int,
    merged: tuple[StoryReference, ...],
    storyline: Storyline | None,
) -> Story:
    originals, copies = in_order(members)
    by_key = {one.key: one.article for one in members}

    def why(one: _Member) -> str:
        return article_reason(one.why, one.duplicate_of, by_key.get)

    return Story(
        id=story,
        articles=tuple(one.article for one in originals),
        why=tuple(map(why, originals[1:])),
        copies=tuple(Copy(one.article, by_key[one.duplicate_of or 0].id, why(one)) for one in copies),
        revised=moment(revised) if revised else None,
        merged=merged,
        storyline=storyline,
    )
