"""The fields of expressions: their names, types and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from aggregator.expressions.field_types import LANGUAGE, LIST, MOMENT, NUMBER, SPAN, TEXT, FieldType
from aggregator.model import Article, Story
from aggregator.text.plain import plain

Subject = Article | Story
Values = Callable[[Any, datetime | None], Iterable[Any]]


class Field(Struct, frozen=True):
    """A field. `values`: returns its values for an article, or for a story where `of_stories`; empty where unknown."""

    name: str
    type: FieldType
    meaning: str
    values: Values
    of_stories: bool = False

    def values_of(self, subject: Subject, now: datetime | None) -> Iterable[Any]:
        """Return the values of the field. A story has those of all its articles, without copies."""
        if self.of_stories or isinstance(subject, Article):
            return self.values(subject, now)
        return self._values_of_articles(subject, now)

    def _values_of_articles(self, story: Story, now: datetime | None) -> Iterator[Any]:
        for article in story.articles:
            yield from self.values(article, now)


@lru_cache(maxsize=4)
def _plain(content: str) -> str:
    """Cached: several comparisons of one article extract its text once."""
    return plain(content)


def _content(article: Article) -> str:
    return _plain(article.content) if article.content else ""


def _present(*values: Any) -> list[Any]:
    """The values that are not empty."""
    return [value for value in values if value]


def _age(article: Article, now: datetime | None) -> list[Any]:
    return [(now or datetime.now(UTC)) - article.date]


FIELDS = {
    field.name: field
    for field in (
        Field("title", TEXT, "its title", lambda a, _: _present(a.title)),
        Field("summary", TEXT, "its summary", lambda a, _: _present(a.summary)),
        Field("content", TEXT, "the text of its content", lambda a, _: _present(_content(a))),
        Field(
            "text",
            TEXT,
            "its title, its summary or the text of its content",
            lambda a, _: _present(a.title, a.summary, _content(a)),
        ),
        Field(
            "length",
            NUMBER,
            "number of characters of the text of its content, or of its summary without content",
            lambda a, _: [len(_content(a) or a.summary)],
        ),
        Field("url", TEXT, "its address", lambda a, _: _present(a.url)),
        Field("image", TEXT, "the address of its picture", lambda a, _: _present(a.image)),
        Field("source", TEXT, "the name of its outlet", lambda a, _: _present(a.source.name)),
        Field("author", LIST, "the names of its authors", lambda a, _: a.authors),
        Field("tags", LIST, "its tags", lambda a, _: a.tags),
        Field("language", LANGUAGE, "its language; `pt-BR` also matches `pt`", lambda a, _: _present(a.language)),
        Field(
            "published",
            MOMENT,
            "when it was published, as stated by the publisher",
            lambda a, _: _present(a.published if a.dated else None),
        ),
        Field("first_seen", MOMENT, "when it was first collected", lambda a, _: [a.first_seen]),
        Field("age", SPAN, "the time since it was published, or first collected where that is unknown", _age),
        Field(
            "independent",
            NUMBER,
            "number of outlets with a report of their own",
            lambda s, _: [s.independent],
            of_stories=True,
        ),
        Field(
            "outlets",
            NUMBER,
            "number of outlets, including those with a copy",
            lambda s, _: [len(s.places)],
            of_stories=True,
        ),
        Field(
            "articles",
            NUMBER,
            "number of articles, without copies",
            lambda s, _: [len(s.articles)],
            of_stories=True,
        ),
        Field("updated", MOMENT, "when its newest article was published", lambda s, _: [s.newest], of_stories=True),
    )
}
