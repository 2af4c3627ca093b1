"""Editions: what an output writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from aggregator.model.article import Outlet
from aggregator.model.picture import Picture
from aggregator.model.story import Story


class Deferred:
    """The content of a file that an output yields instead of bytes, so that it is rendered only if it has changed.

    `digest`: of all that the content depends on, template and options included. `render`: called by the core if the
    file is missing or was made from another digest.
    """

    def __init__(self, digest: bytes, render: Callable[[], bytes]) -> None:
        self.digest = digest
        self.render = render


class Archive(msgspec.Struct, frozen=True):
    """The editions of past days, for an output that has the parameter `archive`.

    `days`: the days with an edition, oldest first, the current one included. `leads`: the headlines of their lead
    stories, in the same order. `frozen`: whether the edition is one of a
    day that has ended: the output then writes only what belongs to that day.
    """

    days: tuple[dt.date, ...] = ()
    frozen: bool = False
    leads: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A part of an edition: the stories of one tag, source or language. A story belongs to one section only.

    `name`: the tag, source or language, or ""; `stories`: ranked, at least one; `label`: the name to show, if it is
    configured; `language`: that of its stories, if the section is set apart by it.
    """

    name: str
    stories: tuple[Story, ...]
    label: str = ""
    language: str = ""


class Publication(msgspec.Struct, frozen=True):
    """The location of an output of this edition.

    `plugin`: name of the output plugin; `path`: relative to the folder of the outputs, "/"-separated; `url`: absolute
    if the configuration has a `url`, else relative to that folder; `title`, `label`: as configured, or "".
    """

    plugin: str
    path: str
    url: str
    title: str = ""
    label: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """An entry of a subscription list (an OPML outline). `name`: plain text; `feed`, `home`: absolute URLs; `tags`: its
    folders."""

    name: str
    feed: str | None = None
    home: str | None = None
    tags: tuple[str, ...] = ()


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The stories that an output writes, with the title and locations of the publication.

    `title`, `tagline`: plain text, as configured. `url`: URL of the folder of the outputs, or "". `date`: when the
    edition was made or last changed, so that the same stories result in the same bytes. `timezone`: IANA name of the
    reader's time zone; `locale`: language of labels and dates, a BCP 47 tag. `stories`: ranked, the lead story first.
    `sections`: the same stories by tag. `latest`: the newest stories, newest first; `older`: those before them, back to
    the beginning of the day before. `sources`: the outlets of its sources; `outlet_names`: shorter names of outlets, by
    name. `subscriptions`: the sources as a subscription list. `itself`: the location of this output; `publications`:
    those of all outputs of the configuration. `pictures`: whether pictures are left out, linked from their publishers,
    or copied; `copies`: those copied, by URL.
    """

    title: str
    tagline: str = ""
    url: str = ""
    date: dt.datetime
    timezone: str = "UTC"
    locale: str = "en"
    stories: tuple[Story, ...] = ()
    sections: tuple[Section, ...] = ()
    latest: tuple[Story, ...] = ()
    older: tuple[Story, ...] = ()
    sources: tuple[Outlet, ...] = ()
    outlet_names: dict[str, str] = {}
    subscriptions: tuple[Subscription, ...] = ()
    itself: Publication
    publications: tuple[Publication, ...] = ()
    pictures: Literal["none", "link", "copy"] = "link"
    copies: dict[str, Picture] = {}

    @property
    def newest(self) -> tuple[Story, ...]:
        """The newest stories, newest first, as in a feed: `latest`, or else all `stories`."""
        return self.latest or tuple(sorted(self.stories, key=lambda s: (s.updated, s.published, s.id), reverse=True))

    @property
    def updated(self) -> dt.datetime | None:
        """When its newest story was last revised; None without stories."""
        return max((story.updated for story in self.newest), default=None)

    @property
    def day(self) -> dt.date:
        """The day of the edition in the reader's time zone."""
        return self.date.astimezone(ZoneInfo(self.timezone)).date()
