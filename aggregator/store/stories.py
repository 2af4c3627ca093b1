"""Stories: which articles wait for one, where each was placed, and whole stories for editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, Select, bindparam, insert, select, update

from aggregator.group import Member, Placement
from aggregator.model import Article, Copy, Story
from aggregator.store.rows import epoch, from_row
from aggregator.store.schema import articles, contents, sources, stories

PAGE = 200  # stories read at a time, newest first


class Selection(msgspec.Struct, frozen=True):
    """What a story must have to be shown: an article (not a copy) with one of the tags, in the language, of the
    sources."""

    tags: frozenset[str]
    sources: frozenset[str]
    language: str

    @classmethod
    def of(cls, tags: Sequence[str], sources: Sequence[str], language: str | None) -> Self:
        """All three whatever their case; what is empty selects everything."""
        return cls(_folded(tags), _folded(sources), (language or "").casefold())

    def takes(self, story: Story, names: set[str]) -> bool:
        """Whether the story is shown; `names`: of the sources of its articles."""
        if self.sources and not self.sources & names:
            return False
        return any(self._suits(article) for article in story.articles)

    def _suits(self, article: Article) -> bool:
        language = (article.language or "").casefold()
        spoken = not self.language or language == self.language or language.startswith(f"{self.language}-")
        return spoken and (not self.tags or bool(self.tags & _folded(article.tags)))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def unplaced(connection: Connection) -> list[Member]:
    """The articles that have no story yet."""
    return [_member(row) for row in connection.execute(_members().where(articles.c.story.is_(None))).mappings()]


def placed_near(connection: Connection, dates: Iterable[datetime], window: timedelta) -> list[Member]:
    """The placed articles whose date lies within `window` of one of these."""
    found = []
    for start, end in _spans(sorted(dates), window):
        near = (articles.c.date >= epoch(start), articles.c.date <= epoch(end), articles.c.story.is_not(None))
        found += [_member(row) for row in connection.execute(_members().where(*near)).mappings()]
    return found


def _spans(dates: Sequence[datetime], window: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The windows around the dates, overlapping ones as one."""
    start = end = None
    for date in dates:
        if start is not None and end is not None and date - window <= end:
            end = date + window
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = date - window, date + window
    if start is not None and end is not None:
        yield start, end


def _members() -> Select[Any]:
    return select(articles, sources.c.address).join(sources, sources.c.key == articles.c.source)


def _member(row: Any) -> Member:
    return Member(
        key=row["key"],
        article=from_row(row),
        story=row["story"],
        duplicate_of=row["duplicate_of"],
        seed=f"{row['address']}\n{row['id']}",
    )


def place(connection: Connection, placements: Sequence[Placement]) -> tuple[int, int]:
    """Keep where articles were placed: how many stories are new, and how many older ones gained an article."""
    if not placements:
        return 0, 0
    named = list(dict.fromkeys(one.story for one in placements))
    old = {story for chunk in _chunks(named) for story in _existing(connection, chunk)}
    fresh = [story for story in named if story not in old]
    if fresh:
        connection.execute(insert(stories), [{"id": story, "updated": 0} for story in fresh])
    statement = update(articles).where(articles.c.key == bindparam("known"))
    statement = statement.values(
        story=bindparam("to"), why=bindparam("because"), duplicate_of=bindparam("original"), founder=bindparam("first")
    )
    rows = [
        {"known": p.key, "to": p.story, "because": p.why, "original": p.duplicate_of, "first": int(p.why is None)}
        for p in placements
    ]
    connection.execute(statement, rows)
    for chunk in _chunks(named):
        refresh(connection, chunk)
    return len(fresh), len(named) - len(fresh)


def refresh(connection: Connection, ids: Sequence[str]) -> None:
    """Bring the time of the newest article of these stories up to date."""
    marks = ", ".join("?" * len(ids))
    newest = "SELECT max(date) FROM articles WHERE story = stories.id AND duplicate_of IS NULL"
    connection.exec_driver_sql(
        f"UPDATE stories SET updated = coalesce(({newest}), updated) WHERE id IN ({marks})",  # noqa: S608
        tuple(ids),
    )


def _existing(connection: Connection, ids: Sequence[str]) -> Iterable[str]:
    return connection.execute(select(stories.c.id).where(stories.c.id.in_(ids))).scalars()


def ids_like(connection: Connection, prefix: str) -> list[str]:
    """The ids that begin so, ten at most."""
    query = select(stories.c.id).where(stories.c.id >= prefix, stories.c.id < f"{prefix}\uffff").limit(10)
    return list(connection.execute(query).scalars())


def newest_ids(connection: Connection, since: datetime | None, limit: int) -> Iterator[list[str]]:
    """The ids of all stories, newest first, a page at a time; `limit`: how many the caller wants, 0 for all."""
    page = min(limit or PAGE, PAGE)
    query = select(stories.c.id, stories.c.updated).order_by(stories.c.updated.desc(), stories.c.id.desc()).limit(page)
    if since:
        query = query.where(stories.c.updated >= epoch(since))
    rows = connection.execute(query).all()
    while rows:
        yield [row.id for row in rows]
        last = rows[-1]
        older = (stories.c.updated < last.updated) | ((stories.c.updated == last.updated) & (stories.c.id < last.id))
        rows = connection.execute(query.where(older)).all()


def read_stories(connection: Connection, ids: Sequence[str]) -> list[tuple[Story, set[str]]]:
    """These stories, each with the addresses (`SourceSettings.key`) and names of the sources of its articles."""
    query = select(articles, contents.c.html, sources.c.address, sources.c.name.label("source_name"))
    query = query.join(sources, sources.c.key == articles.c.source).outerjoin(
        contents, contents.c.article == articles.c.key
    )
    by_story: dict[str, list[Any]] = defaultdict(list)
    for chunk in _chunks(ids):
        for row in connection.execute(query.where(articles.c.story.in_(chunk))).mappings():
            by_story[row["story"]].append(row)
    return [(_story(one, by_story[one]), _sources(by_story[one])) for one in ids if one in by_story]


def _sources(rows: Sequence[Any]) -> set[str]:
    names = {
        row[column] for row in rows for column in ("address", "source_name", "outlet") if row["duplicate_of"] is None
    }
    return {name.casefold() for name in names if name}


def _story(story: str, rows: list[Any]) -> Story:
    rows.sort(key=lambda row: (not row["founder"], row["date"], row["id"]))
    made = {row["key"]: from_row(row, row["html"]) for row in rows}
    own = [row for row in rows if row["duplicate_of"] not in made]
    return Story(
        id=story,
        articles=tuple(made[row["key"]] for row in own),
        why=tuple(row["why"] or "" for row in own[1:]),
        copies=tuple(
            Copy(made[row["key"]], made[row["duplicate_of"]].id, row["why"] or "")
            for row in rows
            if row["duplicate_of"] in made
        ),
    )


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + 500] for start in range(0, len(values), 500))
