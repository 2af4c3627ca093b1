"""Selects the sitemaps and addresses that are likely to be new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from aggregator import Item
from aggregator.text.dates import parse_date
from aggregator.text.urls import absolute

T = TypeVar("T")

MAX_CHILDREN = 5
"""Sitemaps of an index to fetch."""
MAX_ITEMS = 1000
"""Addresses of a sitemap to use."""

_NEWS = re.compile(r"news(?!letter)", re.IGNORECASE)
_TAXONOMY = re.compile(
    r"(?<![a-z])(?:authors?|category|categories|tags?|taxonomy|taxonomies|users?|products?)(?![a-z])", re.IGNORECASE
)
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class Child(msgspec.Struct, frozen=True):
    """A sitemap in an index. `modified`: its date of modification, if stated."""

    url: str
    modified: datetime | None = None


def choose(children: Sequence[Child]) -> list[str]:
    """Return the addresses to fetch: the newest first, then the first and last of those without a date."""
    for is_preferred in (_is_news, _is_content):
        children = [child for child in children if is_preferred(child)] or children
    dated = sorted(((child.modified, child.url) for child in children if child.modified), reverse=True)
    undated = _ends([child.url for child in children if not child.modified], MAX_CHILDREN)
    return [*(url for _, url in dated), *undated][:MAX_CHILDREN]


def _is_news(child: Child) -> bool:
    return bool(_NEWS.search(urlsplit(child.url).path))


def _is_content(child: Child) -> bool:
    return not _TAXONOMY.search(urlsplit(child.url).path)


def newest(items: Iterable[Item], most: int = MAX_ITEMS) -> list[Item]:
    """Return the newest items, each address once, then the first and last of those without a date."""
    by_url: dict[str | None, Item] = {}
    for item in items:
        if item.title or item.url not in by_url:
            by_url[item.url] = item
    dated: list[tuple[datetime, Item]] = []
    undated: list[Item] = []
    for item in by_url.values():
        if date := date_of(item):
            dated.append((date, item))
        else:
            undated.append(item)
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [*(item for _, item in dated), *_ends(undated, most)][:most]


def _ends(values: list[T], most: int) -> list[T]:
    """Return the first and the last values: the newest may be at either end."""
    return values if len(values) <= most else values[: most // 2] + values[-(most - most // 2) :]


def date_of(item: Item) -> datetime | None:
    """Return the date of publication, or else of the last change."""
    return parse_date(item.published) or parse_date(item.updated)


def sitemaps_in_robots(text: str, url: str) -> Iterator[str]:
    """Yield the sitemaps that a robots.txt names (https://www.sitemaps.org/protocol.html#submit_robots)."""
    for match in _SITEMAP_LINE.finditer(text):
        if address := absolute(match[1], url):
            yield address
