"""Formats stories for the outputs: headlines, dates, addresses, and text without forbidden characters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from operator import is_
from textwrap import shorten
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from aggregator.model import Article, Edition, Section, Story
from aggregator.text.xml import DISCOURAGED

T = TypeVar("T")

UNSAFE = re.compile(r'[^!-~]|["<>\\^`{|}]|%(?![0-9a-fA-F]{2})')
AUTHORITY = re.compile(r"https?://[^/?#]*+", re.IGNORECASE)
FOREIGN = re.compile(r'[\x00-\x20"<>\\^`{|}]')
"""Characters of no address, not even of an IRI."""


def legal(value: T) -> T:
    """Remove surrogates and what XML 1.0 forbids or discourages (section 2.2) from all texts of a value."""
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
    """Percent-encode an http or https address as RFC 3986 requires; None for any other scheme."""
    try:
        parts = urlsplit(url or "")
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = False
    if not url or not usable:
        return None
    address = UNSAFE.sub(lambda match: quote(match[0]), url)
    end = match.end() if (match := AUTHORITY.match(address)) else 0
    rest, mark, fragment = address[end:].replace("[", "%5B").replace("]", "%5D").partition("#")  # [] is for hosts only
    return f"{address[:end]}{rest}{mark}{fragment.replace('#', '%23')}"


def headline(article: Article) -> str:
    """Return the title, or else the start of the summary, the address or the outlet. Never empty."""
    title = article.title.strip()
    return title or _excerpt(article.summary) or article.url or article.source.name.strip() or "Untitled"


def _excerpt(text: str) -> str:
    return shorten(text[:1000], 120, placeholder="…")


def others(story: Story) -> tuple[Article, ...]:
    """Return the articles of the story other than the representative and copies."""
    return story.articles[1:]


def reprints(story: Story) -> tuple[Article, ...]:
    """Return the copies: articles with the same text."""
    return tuple(copy.article for copy in story.copies)


def day(date: datetime) -> str:
    """Format a date: Tuesday 24 November 2026."""
    return f"{date:%A} {date.day} {date:%B} {date:%Y}"


def moment(date: datetime) -> str:
    """Format a time: 24 November 2026, 09:12 UTC."""
    return f"{date.day} {date:%B} {date:%Y}, {date:%H:%M} UTC"


def section_title(section: Section) -> str:
    """Return the tag of a section, capitalised, or a title for the section of untagged stories."""
    name = section.name.strip() or "more stories"
    return name[0].upper() + name[1:]


def remaining_sections(edition: Edition, top: Collection[Story]) -> Iterator[Section]:
    """Yield the sections without the stories at the top of the edition."""
    ids = {story.id for story in top}
    for section in edition.sections:
        stories = tuple(story for story in section.stories if story.id not in ids)
        if stories:
            yield Section(section_title(section), stories)
