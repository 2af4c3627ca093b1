"""How a story reads wherever it is shown: headline, dates and addresses, free of what no document may hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from operator import is_
from textwrap import shorten
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from aggregator import Article, Edition, Section, Story
from aggregator.text.xml import DISCOURAGED

T = TypeVar("T")

UNSAFE = re.compile(r'[^!-~]|["<>\\^`{|}]')


def legal(value: T) -> T:
    """The value, and all in it, without what XML 1.0 forbids or discourages (section 2.2) and UTF-8 cannot hold."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = value if value.isprintable() else DISCOURAGED.sub("", value)
    elif isinstance(value, tuple):
        cleaned = tuple(map(legal, value))
        cleaned = value if all(map(is_, cleaned, value)) else cleaned
    elif isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        changes = {name: new for name, old in fields if (new := legal(old)) is not old}
        cleaned = msgspec.structs.replace(value, **changes) if changes else value
    return cleaned  # type: ignore[no-any-return]


def web_address(url: str | None) -> str | None:
    """An http or https address as RFC 3986 allows it, other characters percent-encoded; None for any other scheme."""
    try:
        parts = urlsplit(url or "")
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = False
    return UNSAFE.sub(lambda found: quote(found[0]), url) if url and usable else None


def headline(article: Article) -> str:
    """The title; where there is none, how the summary begins, else the address or the outlet. Never empty."""
    title = article.title.strip()
    return title or _beginning(article.summary) or article.url or article.source.name.strip() or "Untitled"


def _beginning(text: str) -> str:
    return shorten(text[:1000], 120, placeholder="…")


def others(story: Story) -> tuple[Article, ...]:
    """Who else tells the story, the representative and copies left out."""
    return story.articles[1:]


def reprints(story: Story) -> tuple[Article, ...]:
    """The same text elsewhere."""
    return tuple(copy.article for copy in story.copies)


def day(date: datetime) -> str:
    """Tuesday 24 November 2026."""
    return f"{date:%A} {date.day} {date:%B} {date:%Y}"


def moment(date: datetime) -> str:
    """24 November 2026, 09:12 UTC."""
    return f"{date.day} {date:%B} {date:%Y}, {date:%H:%M} UTC"


def section_title(section: Section) -> str:
    """Its tag with a capital; the section of what has no tag gets a name."""
    name = section.name.strip() or "more stories"
    return name[0].upper() + name[1:]


def remaining_sections(edition: Edition, shown: Collection[Story]) -> Iterator[Section]:
    """The sections without the stories that already stand above them."""
    ids = {story.id for story in shown}
    for section in edition.sections:
        stories = tuple(story for story in section.stories if story.id not in ids)
        if stories:
            yield Section(section_title(section), stories)
