"""The article model: rough `Item`s come in from sources, trusted `Article`s go on from `normalise`.

Times are `datetime`s in UTC, with their time zone, to the second. Texts called *plain* hold no markup, no control or
bidirectional formatting characters, and are in Unicode NFC. Sequences are tuples, so that a value can be shared safely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

RoughDate = datetime | str | int | float | None


OLDEST_YEAR = 1000
"""Dates of before are no dates."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outlet(msgspec.Struct, frozen=True):
    """Who published an article. `name`: plain text; `url`: its home page, if known."""

    name: str
    url: str | None = None


class Enclosure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that belongs to an article: audio, video, a picture (RSS 2.0 `enclosure`, Media RSS, JSON Feed
    attachment).

    `url`: absolute; `type`: MIME type; `length`: bytes; `duration`: seconds.
    """

    url: str
    type: str | None = None
    length: int | None = None
    duration: int | None = None


class Related(msgspec.Struct, frozen=True):
    """A headline that a page itself lists beside its article."""

    title: str
    url: str | None = None


class Item(msgspec.Struct, kw_only=True):
    """What a source yields: the fields of an `Article`, each optional, each as rough as it came.

    `id`: the guid, text or number. `url`: may be relative. `title`, `summary`, `content`: text or HTML.
    `authors`: one name or several, as text, or mappings with `name`. `published`, `updated`, `first_seen`: a datetime,
    text in any form feeds use, or epoch seconds. `tags`: one or several. `image`: an address. `enclosures`:
    `Enclosure`s, mappings with its keys, or addresses. `source`: the outlet's name, an `Outlet`, or a mapping with
    `name` and `url`.
    `related`: `Related`s, mappings with its keys, or (title, url) pairs. `base`: what relative addresses are
    relative to.
    """

    id: str | int | None = None
    url: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    authors: str | Sequence[str | Mapping[str, Any]] | None = None
    published: RoughDate = None
    updated: RoughDate = None
    first_seen: RoughDate = None
    language: str | None = None
    tags: str | Sequence[str] | None = None
    image: str | None = None
    enclosures: Sequence[Enclosure | Mapping[str, Any] | str] | None = None
    source: str | Outlet | Mapping[str, Any] | None = None
    related: Sequence[Related | Mapping[str, Any] | Sequence[str]] | None = None
    base: str | None = None


class Channel(msgspec.Struct, kw_only=True):
    """What a source says of itself. A source may yield one before its items; the last one counts.

    `title`: its name; `url`: its home page; `language`: a BCP 47 tag; `image`: an address; `hub`: its WebSub hub;
    `ttl`: seconds it asks to be left alone (RSS `ttl`, `sy:updatePeriod`); `skip_hours` (0-23, UTC), `skip_days`
    ("Monday"...): RSS 2.0 elements of those names.
    """

    title: str | None = None
    url: str | None = None
    language: str | None = None
    image: str | None = None
    hub: str | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()


class Reading:
    """What a source may yield in the place of its parts: a call that gives them.

    `Reading(parse, response.body)` leaves it to the core when and where `parse(response.body)` is called: beside the
    other sources, in another process where that pays. `function`: of a module, without side effects; it gives, all at
    once or one after the other, `Item`s and what else a source may yield, but no `Reading`s, and may raise SourceError.
    `arguments`: fit to be pickled.
    """

    def __init__(self, function: Callable[..., Iterable[Any]], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One article, normalised; what filters, grouping and outputs work on.

    `id`: stable identity within its source. `url`: canonical address, or None. `title`, `summary`: plain.
    `content`: HTML as received, *not safe*: use `aggregator.safe_html` where it is shown. `published`, `updated`: as
    stated by the publisher, or None; never invented. `first_seen`: when this installation first saw it. `language`:
    BCP 47 tag or None. `image`: absolute address. `source`: the outlet. `backlog`: it was there, undated among dated
    ones, when its source was first asked, and may be of any age: a static page more often than news.
    """

    id: str
    url: str | None
    title: str
    summary: str = ""
    content: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime
    language: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    source: Outlet
    related: tuple[Related, ...] = ()
    backlog: bool = False

    @property
    def dated(self) -> bool:
        """Whether its publisher says when; the zero dates that some systems send (the year 1) say nothing."""
        return self.published is not None and self.published.year >= OLDEST_YEAR

    @property
    def date(self) -> datetime:
        """The time to show: `published`, but `first_seen` where that is unknown or lies in the future."""
        if not self.dated or self.published is None or self.published > self.first_seen:
            return self.first_seen
        return self.published

    @property
    def order(self) -> datetime:
        """The time to sort by: `date`, but the beginning of all for `backlog`."""
        return EPOCH if self.backlog and not self.dated else self.date

    def exported(self) -> dict[str, Any]:
        """Its fields by name, for other programs: all but `backlog`, which concerns this installation alone."""
        values = msgspec.structs.asdict(self)
        del values["backlog"]
        return values

    def replace(self, **changes: Any) -> Article:
        """A copy with these fields changed: what a filter returns when it changes an article.

        Raises TypeError for a name that is not a field.
        """
        return msgspec.structs.replace(self, **changes)


class Drop(msgspec.Struct, frozen=True):
    """What a filter may return instead of None, to drop an article with a reason that `aggregate explain` shows."""

    reason: str


class Copy(msgspec.Struct, frozen=True):
    """An article whose text is that of another: kept, but hidden under the original. `of`: the original's `id`."""

    article: Article
    of: str
    why: str = ""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Articles that tell the same story, lone ones included.

    `id`: a URN, stable for ever (RFC 9562 UUID, version 5, of the founding article). `articles`: at least one, the
    representative first, then by date. `why`: for each article after the first, the evidence that joined it, in
    words. `copies`: hidden under one of `articles`.
    """

    id: str
    articles: tuple[Article, ...]
    why: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()

    @property
    def representative(self) -> Article:
        """The article whose title and address stand for the story: the one that founded it. It changes only when that
        one is in the story no more: then the earliest stands for it."""
        return self.articles[0]

    @property
    def title(self) -> str:
        return self.representative.title

    @property
    def url(self) -> str | None:
        return self.representative.url

    @property
    def published(self) -> datetime:
        """When the representative was published (or first seen)."""
        return self.representative.date

    @property
    def updated(self) -> datetime:
        """When the newest of its articles was published (or first seen)."""
        return max(article.date for article in self.articles)

    @property
    def order(self) -> datetime:
        """The time to sort by: that of its newest article."""
        return max(article.order for article in self.articles)

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The outlets with an account of their own, in the order of `articles`, each once. Copies do not count."""
        return tuple({article.source.name: article.source for article in self.articles}.values())

    @property
    def independent(self) -> int:
        """How many outlets tell it in words of their own: an agency's text in ten papers is one account."""
        return len(self.outlets)

    @property
    def places(self) -> tuple[Outlet, ...]:
        """All outlets that have it, those with a copy included, each once."""
        articles = (*self.articles, *(copy.article for copy in self.copies))
        return tuple({article.source.name: article.source for article in articles}.values())

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its articles, the most frequent first, each once."""
        counts: dict[str, int] = {}
        for article in self.articles:
            for tag in article.tags:
                counts[tag] = counts.get(tag, 0) + 1
        return tuple(sorted(counts, key=lambda tag: -counts[tag]))


class Section(msgspec.Struct, frozen=True):
    """A part of an edition: the stories of one tag. A story stands in one section only."""

    name: str
    stories: tuple[Story, ...]


class Publication(msgspec.Struct, frozen=True):
    """Where an output of this edition is served. `plugin`: the output's; `url`: absolute where the configuration
    has a `url`, else relative to the folder of the outputs; `path`: relative to that folder, "/"-separated."""

    plugin: str
    path: str
    url: str


class Subscription(msgspec.Struct, frozen=True):
    """A source as a reader may subscribe to it: an outline of OPML. `feed`, `home`: absolute addresses; `tags`: its
    folders."""

    name: str
    feed: str | None = None
    home: str | None = None
    tags: tuple[str, ...] = ()


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What an output publishes.

    `url`: where the outputs are served, or "". `date`: of its newest story, so that the same stories give the same
    bytes. `stories`: ranked, the lead first. `sections`: the same stories by tag. `sources`: the
    outlets it draws on.
    `subscriptions`: the sources as a subscription list.
    `itself`: where this output is served; `publications`: all of the configuration's outputs.
    """

    title: str
    tagline: str = ""
    url: str = ""
    date: datetime
    stories: tuple[Story, ...] = ()
    sections: tuple[Section, ...] = ()
    sources: tuple[Outlet, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    itself: Publication
    publications: tuple[Publication, ...] = ()

    @property
    def newest(self) -> tuple[Story, ...]:
        """The stories by `order`, newest first: the order of a feed."""
        return tuple(sorted(self.stories, key=lambda s: (s.order, s.published, s.id), reverse=True))
