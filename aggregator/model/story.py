"""Stories: groups of articles about the same event."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.model.article import Article, Outlet


class Copy(msgspec.Struct, frozen=True):
    """An article with the text of another, hidden under it. `article`: the copy; `of`: the `id` of the original; `why`:
    the evidence."""

    article: Article
    of: str
    why: str = ""


class StoryReference(msgspec.Struct, frozen=True):
    """Another story, by name. `id`: its URN; `title`: its headline; `url`: of its representative; `published`: the date
    of that."""

    id: str
    title: str
    url: str | None = None
    published: datetime | None = None


class Storyline(msgspec.Struct, frozen=True, kw_only=True):
    """What ties the stories of one saga together over weeks.

    `id`: stable; `title`: plain; `earlier`: the stories of it that precede the one that refers to it, newest first;
    `why`: the evidence that this one belongs to it, as text.
    """

    id: str
    title: str
    earlier: tuple[StoryReference, ...] = ()
    why: str = ""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A group of articles about the same event; often a single article.

    `id`: a stable URN (RFC 9562 UUID version 5 of the founding article). `articles`: at least one, the representative
    first, then by date. `why`: for each article after the first, the evidence for its membership, as text. `copies`:
    articles with the text of one of `articles`. `revised`: when a reader last had a reason to look again. `display`:
    the article whose headline and summary the story has, if not the representative. `merged`: stories whose articles
    are in this one now; `storyline`: the saga that it belongs to, if any.
    """

    id: str
    articles: tuple[Article, ...]
    why: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    revised: datetime | None = None
    display: Article | None = None
    merged: tuple[StoryReference, ...] = ()
    storyline: Storyline | None = None

    @property
    def representative(self) -> Article:
        """The article whose URL the story has: the one that founded it, or the earliest one if the founding article is
        no longer in the story."""
        return self.articles[0]

    @property
    def shown(self) -> Article:
        """The article whose headline, summary and text stand for the story: `display`, or the representative."""
        return self.display or self.representative

    @property
    def title(self) -> str:
        """The headline of `shown`."""
        return self.shown.title

    @property
    def url(self) -> str | None:
        """The URL of the representative."""
        return self.representative.url

    @property
    def published(self) -> datetime:
        """The `date` of the representative."""
        return self.representative.date

    @property
    def newest(self) -> datetime:
        """The `date` of the newest article."""
        return max(article.date for article in self.articles)

    @property
    def updated(self) -> datetime:
        """When a reader last had a reason to look again: `revised`, or the date of the newest article."""
        return self.revised or self.newest

    @property
    def order(self) -> datetime:
        """The time to sort by: the latest `order` of its articles."""
        return max(article.order for article in self.articles)

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The distinct outlets of `articles`, in that order; without those that have only a copy."""
        return tuple({article.source.name: article.source for article in self.articles}.values())

    @property
    def independent(self) -> int:
        """The number of `outlets`: those with a text of their own. An agency text in ten papers counts once."""
        return len(self.outlets)

    @property
    def places(self) -> tuple[Outlet, ...]:
        """The distinct outlets of `articles` and `copies`."""
        articles = (*self.articles, *(copy.article for copy in self.copies))
        return tuple({article.source.name: article.source for article in articles}.values())

    @property
    def tags(self) -> tuple[str, ...]:
        """The distinct tags of its articles, the most frequent first."""
        counts: dict[str, int] = {}
        for article in self.articles:
            for tag in article.tags:
                counts[tag] = counts.get(tag, 0) + 1
        return tuple(sorted(counts, key=lambda tag: -counts[tag]))
