"""Of many sitemaps and addresses those that hold what is new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import msgspec

from aggregator import Item
from aggregator.dates import parse_date

MOST_CHILDREN = 5
"""Sitemaps of one list that are asked for."""
MOST_ITEMS = 1000
"""Addresses that are looked at."""

_NEWS = re.compile(r"news(?!letter)", re.IGNORECASE)
_LISTS = re.compile(r"(?:author|categor|tag|taxonom|user|product)", re.IGNORECASE)
_ROBOTS = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class Child(msgspec.Struct, frozen=True):
    """A sitemap that another one lists. `modified`: when it last changed, if that is said."""

    url: str
    modified: datetime | None = None


def choose(children: Sequence[Child], oldest: datetime | None) -> list[str]:
    """The addresses of those to ask for: the newest first, and of those without a date the first and the last ones.

    `oldest`: what did not change since holds nothing that is wanted.
    """
    for kind in (_is_news, _is_no_list):
        children = [one for one in children if kind(one)] or children
    dated = [one for one in children if one.modified and (oldest is None or one.modified >= oldest)]
    dated.sort(key=lambda one: one.modified, reverse=True)  # type: ignore[arg-type, return-value]  # they are dated
    undated = _ends([one for one in children if not one.modified], MOST_CHILDREN)
    return [one.url for one in [*dated, *undated][:MOST_CHILDREN]]


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
    dated = [(date, item) for item in found.values() if (date := stated(item))]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    undated = _ends([item for item in found.values() if not stated(item)], most)
    return [*(item for _, item in dated), *undated][:most]


def _ends[T](values: list[T], most: int) -> list[T]:
    """The first and the last: the newest may stand at either end."""
    return values if len(values) <= most else values[: most // 2] + values[-(most - most // 2) :]


def stated(item: Item) -> datetime | None:
    """When it was published, or else last changed."""
    return parse_date(item.published) or parse_date(item.updated)


def named_in_robots(text: str, url: str) -> Iterator[str]:
    """The sitemaps that a robots.txt names (https://www.sitemaps.org/protocol.html#submit_robots)."""
    for found in _ROBOTS.finditer(text):
        yield urljoin(url, found[1])
