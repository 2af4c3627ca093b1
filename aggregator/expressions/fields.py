"""The fields of an expression: what each is called, and where its values come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from aggregator.expressions.kinds import LANGUAGE, LIST, MOMENT, NUMBER, SPAN, TEXT, Kind
from aggregator.model import Article, Story
from aggregator.text.plain import plain

Subject = Article | Story
Clock = datetime | None
Values = Callable[[Any, Clock], Iterable[Any]]


class Field(Struct, frozen=True):
    """One field. `values`: what an article, or a story where `of_stories`, has of it; nothing where it is unknown."""

    name: str
    kind: Kind
    meaning: str
    values: Values
    of_stories: bool = False

    def found(self, subject: Subject, now: Clock) -> Iterable[Any]:
        """Its values; of a story, for a field of articles, those of all its articles, copies aside."""
        if self.of_stories or isinstance(subject, Article):
            return self.values(subject, now)
        return self._of_all(subject, now)

    def _of_all(self, story: Story, now: Clock) -> Iterator[Any]:
        for article in story.articles:
            yield from self.values(article, now)


@lru_cache(maxsize=4)
def _plain(content: str) -> str:
    """Several comparisons of one article make its text once."""
    return plain(content)


def _content(article: Article) -> str:
    return _plain(article.content) if article.content else ""


def _given(*values: Any) -> list[Any]:
    return [value for value in values if value]


def _age(article: Article, now: Clock) -> list[Any]:
    return [(now or datetime.now(UTC)) - article.date]


FIELDS = {
    field.name: field
    for field in (
        Field("title", TEXT, "its title", lambda a, _: _given(a.title)),
        Field("summary", TEXT, "its summary", lambda a, _: _given(a.summary)),
        Field("content", TEXT, "the text of its content", lambda a, _: _given(_content(a))),
        Field(
            "text",
            TEXT,
            "its title, its summary or the text of its content",
            lambda a, _: _given(a.title, a.summary, _content(a)),
        ),
        Field(
            "length",
            NUMBER,
            "how many characters the text of its content has, or its summary where there is none",
            lambda a, _: [len(_content(a) or a.summary)],
        ),
        Field("url", TEXT, "its address", lambda a, _: _given(a.url)),
        Field("image", TEXT, "the address of its picture", lambda a, _: _given(a.image)),
        Field("source", TEXT, "the name of its outlet", lambda a, _: _given(a.source.name)),
        Field("author", LIST, "the names of its authors", lambda a, _: a.authors),
        Field("tags", LIST, "its tags", lambda a, _: a.tags),
        Field("language", LANGUAGE, "its language; `pt-BR` counts as `pt`, too", lambda a, _: _given(a.language)),
        Field(
            "published",
            MOMENT,
            "when it was published, as its publisher says",
            lambda a, _: _given(a.published if a.dated else None),
        ),
        Field("first_seen", MOMENT, "when it first came", lambda a, _: [a.first_seen]),
        Field("age", SPAN, "the time since it was published, or first came where that is unknown", _age),
        Field(
            "independent",
            NUMBER,
            "how many outlets tell it in words of their own",
            lambda s, _: [s.independent],
            of_stories=True,
        ),
        Field(
            "outlets",
            NUMBER,
            "how many outlets have it, those with a copy included",
            lambda s, _: [len(s.places)],
            of_stories=True,
        ),
        Field(
            "articles",
            NUMBER,
            "how many articles it has, copies not counted",
            lambda s, _: [len(s.articles)],
            of_stories=True,
        ),
        Field("updated", MOMENT, "when its newest article came out", lambda s, _: [s.updated], of_stories=True),
    )
}
