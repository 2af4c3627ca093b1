"""Articles: normalised, as filters, grouping and outputs receive them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

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
    """A headline that a page lists as related to its article. `title`: plain text; `url`: absolute, if known."""

    title: str
    url: str | None = None


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """A normalised article, the input of filters, grouping and outputs.

    `id`: stable identifier within its source. `url`: canonical URL, or None. `title`, `summary`: plain. `authors`:
    their names, plain. `tags`: plain; those of its source in the configuration first. `enclosures`: media files.
    `related`: headlines that its page lists as related. `content`: HTML as received, *not safe*: pass it through
    `aggregator.safe_html` to show it. `published`, `updated`: as stated by the publisher, or None. `first_seen`: when
    this installation first received it. `language`: BCP 47 tag or None. `image`: absolute URL. `source`: the outlet.
    `backlog`: an undated article among dated ones in the first response of its source; it may be of any age, and is
    more often a static page than news. `place`: 1 for the first article of a source that lists them by importance, up
    to 10; None for others.
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
    place: int | None = None

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
        """Return the fields by name, for other programs: without what concerns only this installation: `backlog`,
        `place`, and a picture in a file."""
        values = msgspec.structs.asdict(self)
        del values["backlog"], values["place"]
        if self.image and self.image.startswith("file:"):
            values["image"] = None
        return values

    def replace(self, **changes: Any) -> Article:
        """Return a copy with these fields changed, as a filter does to change an article.

        Raises TypeError for a name that is not a field.
        """
        return msgspec.structs.replace(self, **changes)


class Drop(msgspec.Struct, frozen=True):
    """Result of a filter that drops an article; unlike None, with a reason.

    `reason`: plain text, which `aggregate explain` shows.
    """

    reason: str
