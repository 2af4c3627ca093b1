"""Whole stories: the newest, those that suit an output, and one by its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, select

from aggregator.model import Article, Copy, Story
from aggregator.store.mapping import chunks, epoch, from_row
from aggregator.store.schema import articles, contents, redirects, sources, stories

PAGE = 200  # stories read at a time, newest first


class Selection(msgspec.Struct, frozen=True):
    """What a story must have to be shown: an article (not a copy) with one of the tags, in the language, of the
    sources; and `select` must take it."""

    tags: frozenset[str]
    sources: frozenset[str]
    language: str
    select: Callable[[Story], bool] | None

    @classmethod
    def of(
        cls,
        tags: Sequence[str],
        sources: Sequence[str],
        language: str | None,
        select: Callable[[Story], bool] | None,
    ) -> Self:
        """The first three whatever their case; what is empty selects everything."""
        return cls(_folded(tags), _folded(sources), (language or "").casefold(), select)

    def takes(self, story: Story, names: set[str]) -> bool:
        """Whether the story is shown; `names`: of the sources of its articles."""
        if self.sources and not self.sources & names:
            return False
        if not any(self._suits(article) for article in story.articles):
            return False
        return self.select is None or self.select(story)

    def _suits(self, article: Article) -> bool:
        language = (article.language or "").casefold()
        spoken = not self.language or language == self.language or language.startswith(f"{self.language}-")
        return spoken and (not self.tags or bool(self.tags & _folded(article.tags)))


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def ids_like(connection: Connection, prefix: str) -> list[str]:
    """The ids that begin so, ten at most."""
    query = select(stories.c.id).where(stories.c.id >= prefix, stories.c.id < f"{prefix}\uffff").limit(10)
    return list(connection.execute(query).scalars())


def led_to(connection: Connection, prefix: str) -> list[str]:
    """Where stories have gone whose ids begin so and that went into others."""
    query = select(redirects.c.new).where(redirects.c.old >= prefix, redirects.c.old < f"{prefix}\uffff")
    return list(connection.execute(query.distinct().limit(10)).scalars())


def left(connection: Connection, story: str) -> list[tuple[Article, str]]:
    """The articles that were in this story and are in another now, each with that one's id."""
    query = select(articles).where(articles.c.was == story, articles.c.story != story).order_by(articles.c.date)
    return [(from_row(row), row["story"]) for row in connection.execute(query).mappings()]


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
    for chunk in chunks(ids):
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
