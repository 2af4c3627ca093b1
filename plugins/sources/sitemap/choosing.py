"""Of many sitemaps and addresses those that hold what is new."""

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

MOST_CHILDREN = 5
"""Sitemaps of one list that are asked for."""
MOST_ITEMS = 1000
"""Addresses that are looked at."""

_NEWS = re.compile(r"news(?!letter)", re.IGNORECASE)
_LISTS = re.compile(
    r"(?<![a-z])(?:authors?|category|categories|tags?|taxonomy|taxonomies|users?|products?)(?![a-z])", re.IGNORECASE
)
_ROBOTS = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class Child(msgspec.Struct, frozen=True):
    """A sitemap that another one lists. `modified`: when it last changed, if that is said."""

    url: str
    modified: datetime | None = None


def choose(children: Sequence[Child]) -> list[str]:
    """The addresses of those to ask for: the newest first, and of those without a date the first and the last ones."""
    for kind in (_is_news, _is_no_list):
        children = [one for one in children if kind(one)] or children
    dated = sorted(((one.modified, one.url) for one in children if one.modified), reverse=True)
    undated = _ends([one.url for one in children if not one.modified], MOST_CHILDREN)
    return [*(url for _, url in dated), *undated][:MOST_CHILDREN]


def _is_news(child: Child) -> bool:
    return bool(_NEWS.search(urlsplit(child.url).path))


def _is_no_list(child: Child) -> bool:
    return not _LISTS.search(urlsplit(child.url).path)


def newest(items: Iterable[Item], most: int = MOST_ITEMS) -> list[Item]:
    """The newest, each address once; then those without a date, the first and the last of them."""
    found: dict[str | None, Item] = {}
    for item in items:
        if item.title or item.url not in found:
            found[item.url] = item
    dated: list[tuple[datetime, Item]] = []
    undated: list[Item] = []
    for item in found.values():
        if date := stated(item):
            dated.append((date, item))
        else:
            undated.append(item)
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [*(item for _, item in dated), *_ends(undated, most)][:most]


def _ends(values: list[T], most: int) -> list[T]:
    """The first and the last: the newest may stand at either end."""
    return values if len(values) <= most else values[: most // 2] + values[-(most - most // 2) :]


def stated(item: Item) -> datetime | None:
    """When it was published, or else last changed."""
    return parse_date(item.published) or parse_date(item.updated)


def named_in_robots(text: str, url: str) -> Iterator[str]:
    """The sitemaps that a robots.txt names (https://www.sitemaps.org/protocol.html#submit_robots)."""
    for found in _ROBOTS.finditer(text):
        if place := absolute(found[1], url):
            yield place
