"""The article model: sources yield unchecked `Item`s, from which `normalise` makes `Article`s.

Times are timezone-aware `datetime`s in UTC, to the second. Texts called *plain* contain no markup and no control or
bidirectional formatting characters, and are in Unicode NFC. Sequences are tuples, so that values can be shared safely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

RoughDate = datetime | str | int | float | None
"""A date as a source states it: a datetime, text in any form that feeds use, epoch seconds, or unknown."""

OLDEST_YEAR = 1000
"""The first year of a valid date; some systems send the year 1 for an unknown date."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outlet(msgspec.Struct, frozen=True):
    """The publisher of an article. `name`: plain text; `url`: its home page, if known."""

    name: str
    url: str | None = None


class Enclosure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A media file of an article (RSS 2.0 `enclosure`, Media RSS, JSON Feed attachment).

    `url`: absolute; `type`: MIME type; `length`: bytes; `duration`: seconds.
    """

    url: str
    type: str | None = None
    length: int | None = None
    duration: int | None = None


class Related(msgspec.Struct, frozen=True):
    """A headline that a page lists as related to its article."""

    title: str
    url: str | None = None


class Item(msgspec.Struct, kw_only=True):
    """An article as a source yields it: the fields of `Article`, each optional and not normalised.

    `id`: the guid, text or number. `url`: may be relative. `title`, `summary`, `content`: text or HTML.
    `authors`: one name or several, as text, or mappings with `name`. `published`, `updated`, `first_seen`: a datetime,
    text in any form that feeds use, or epoch seconds. `tags`: one or several. `image`: a URL. `enclosures`:
    `Enclosure`s, mappings with its keys, or URLs. `source`: the name of the outlet, an `Outlet`, or a mapping with
    `name` and `url`. `related`: `Related`s, mappings with its keys, or (title, url) pairs. `base`: the base of relative
    URLs.
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
    """The metadata of a source. A source may yield a `Channel` before its items; the last one wins.

    `title`: its name; `url`: its home page; `language`: a BCP 47 tag; `image`: a URL; `hub`: the URL of its WebSub hub;
    `ttl`: seconds between requests that it requests (RSS `ttl`, `sy:updatePeriod`); `skip_hours` (0-23, UTC),
    `skip_days` ("Monday"...): the RSS 2.0 elements of those names.
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
    """A deferred call that a source yields instead of the items that the call returns.

    With `Reading(parse, response.body)`, the core decides when and where to call `parse(response.body)`: concurrently
    with other sources, in a worker process if that is faster. `function`: defined in a module, without side effects; it
    returns or yields `Item`s and whatever else a source may yield, except `Reading`s, and may raise SourceError.
    `arguments`: can be pickled.
    """

    def __init__(self, function: Callable[..., Iterable[Any]], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """A normalised article, the input of filters, grouping and outputs.

    `id`: stable identifier within its source. `url`: canonical URL, or None. `title`, `summary`: plain.
    `content`: HTML as received, *not safe*: pass it through `aggregator.safe_html` to show it. `published`, `updated`:
    as stated by the publisher, or None. `first_seen`: when this installation first received it. `language`: BCP 47 tag
    or None. `image`: absolute URL. `source`: the outlet. `backlog`: an undated article among dated ones in the first
    response of its source; it may be of any age, and is more often a static page than news.
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
        """Whether `published` is known and valid; some systems send the year 1 for an unknown date."""
        return self.published is not None and self.published.year >= OLDEST_YEAR

    @property
    def date(self) -> datetime:
        """The time to show: `published`, or `first_seen` if that is unknown or later than `first_seen`."""
        if not self.dated or self.published is None or self.published > self.first_seen:
            return self.first_seen
        return self.published

    @property
    def order(self) -> datetime:
        """The time to sort by: `date`, or the epoch for an undated `backlog` article."""
        return EPOCH if self.backlog and not self.dated else self.date

    def exported(self) -> dict[str, Any]:
        """Return the fields by name, for other programs: all but `backlog`, which concerns only this installation."""
        values = msgspec.structs.asdict(self)
        del values["backlog"]
        return values

    def replace(self, **changes: Any) -> Article:
        """Return a copy with these fields changed, as a filter does to change an article.

        Raises TypeError for a name that is not a field.
        """
        return msgspec.structs.replace(self, **changes)


class Drop(msgspec.Struct, frozen=True):
    """Result of a filter that drops an article; unlike None, with a reason, which `aggregate explain` shows."""

    reason: str


class Copy(msgspec.Struct, frozen=True):
    """An article with the text of another, hidden under it. `of`: the `id` of the original; `why`: the evidence."""

    article: Article
    of: str
    why: str = ""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A group of articles about the same event; often a single article.

    `id`: a stable URN (RFC 9562 UUID version 5 of the founding article). `articles`: at least one, the representative
    first, then by date. `why`: for each article after the first, the evidence for its membership, as text. `copies`:
    articles with the text of one of `articles`.
    """

    id: str
    articles: tuple[Article, ...]
    why: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()

    @property
    def representative(self) -> Article:
        """The article whose title and URL the story has: the one that founded it, or the earliest one if the founding
        article is no longer in the story."""
        return self.articles[0]

    @property
    def title(self) -> str:
        return self.representative.title

    @property
    def url(self) -> str | None:
        return self.representative.url

    @property
    def published(self) -> datetime:
        """The `date` of the representative."""
        return self.representative.date

    @property
    def updated(self) -> datetime:
        """The `date` of the newest article."""
        return max(article.date for article in self.articles)

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


class Section(msgspec.Struct, frozen=True):
    """A part of an edition: the stories of one tag. A story belongs to one section only."""

    name: str
    stories: tuple[Story, ...]


class Publication(msgspec.Struct, frozen=True):
    """The location of an output of this edition.

    `plugin`: name of the output plugin; `path`: relative to the folder of the outputs, "/"-separated; `url`: absolute
    if the configuration has a `url`, else relative to that folder.
    """

    plugin: str
    path: str
    url: str


class Subscription(msgspec.Struct, frozen=True):
    """An entry of a subscription list (an OPML outline). `feed`, `home`: absolute URLs; `tags`: its folders."""

    name: str
    feed: str | None = None
    home: str | None = None
    tags: tuple[str, ...] = ()


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The stories that an output writes, with the title and locations of the publication.

    `url`: URL of the folder of the outputs, or "". `date`: the date of its newest story, so that the same stories
    result in the same bytes. `stories`: ranked, the lead story first. `sections`: the same stories by tag. `sources`:
    the outlets of its sources. `subscriptions`: the sources as a subscription list. `itself`: the location of this
    output; `publications`: those of all outputs of the configuration.
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
        """The stories by `order`, newest first, as in a feed."""
        return tuple(sorted(self.stories, key=lambda s: (s.order, s.published, s.id), reverse=True))
