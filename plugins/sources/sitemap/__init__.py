"""Sitemaps: those for news, with headlines and dates, and plain ones, which list addresses only (https://www.sitemaps.org).

    [[sources]]
    plugin = "sitemap"
    url = "https://news.example/sitemap-news.xml"

    [[sources]]
    plugin = "sitemap"
    url = "https://blog.example/"        # the site: its robots.txt says where its sitemaps are
    include = "/2026/|/reports/"         # of the addresses only these
    since = "7d"                         # nothing older
    pages = false                        # titles out of the addresses

News, image and video sitemaps are read, lists of sitemaps, text files, and what is compressed with gzip. Of a list the
newest five count; those called news, if there are such, and nobody else; not those of authors, tags and categories.

A plain sitemap says neither titles nor when something was published. So the pages themselves are read, as far as
robots.txt allows it: the newest 20 at first, then those that are new, each once. With `pages = false`, or where a page
holds no article, the title is made of the address.

Limits: the newest 1,000 addresses; of those without a date the first and the last 500. A sitemap may unfold to 50 MiB.
What a page says later than at its first reading is not noticed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from msgspec import Meta

from aggregator import Channel, FetchError, Item, aside, hookimpl
from aggregator.quantities import parse_duration

from .choosing import Child, choose, named_in_robots, newest
from .pages import complete
from .reading import Map, read_map

MOST_MAPS = 10
"""Sitemaps that are asked for in a run, lists of them included."""


async def sitemap(
    http: Any,
    state: dict[str, Any],
    *,
    url: str,
    include: Annotated[re.Pattern[str] | None, Meta(description="Only addresses in which this is found.")] = None,
    since: Annotated[str, Meta(pattern=r"^\d+ ?[mhdw]$", description='Only what is no older, such as "7d".')] = "",
    pages: Annotated[bool, Meta(description="Read the pages of which the sitemap gives no title.")] = True,
) -> AsyncIterator[Channel | Item]:
    """The articles that a sitemap lists, or the sitemaps of a site."""
    oldest = datetime.now(UTC) - parse_duration(since) if since else None
    found = [one async for one in _maps(http, url, include, oldest, state)]
    names = [one.name for one in found if one.name]
    yield Channel(title=names[0] if names else None, url=urljoin(url, "/"))
    items = newest(item for one in found for item in one.items)
    for item in items:
        if item.title:
            yield item
    async for item in complete(http, [item for item in items if not item.title], state, read=pages):
        yield item


async def _maps(
    http: Any, url: str, include: re.Pattern[str] | None, oldest: datetime | None, state: dict[str, Any]
) -> AsyncIterator[Map]:
    """The sitemaps at an address, and those that they list. Raises FetchError or SourceError where none can be read."""
    ahead = await _first(http, url)
    failure: Exception | None = None
    asked = read = 0
    while ahead and asked < MOST_MAPS:
        place, asked = ahead.pop(0), asked + 1
        try:
            response = await http.get(place)
            one = await aside(read_map, response.body, response.url, include, oldest)
        except SourceError as error:
            failure = failure or error
            continue
        read += not one.children
        ahead += choose(one.children, oldest)
        yield one
    if failure and not read:
        raise failure


async def _first(http: Any, url: str) -> list[str]:
    """Where to begin: the address itself, or what a site's robots.txt names, or where sitemaps usually are."""
    if urlsplit(url).path not in ("", "/"):
        return [url]
    try:
        robots = await http.get(urljoin(url, "/robots.txt"))
    except FetchError as error:
        if error.status is None:
            raise
        return [urljoin(url, "/sitemap.xml")]
    named = [Child(one) for one in named_in_robots(robots.text, url)]
    return choose(named, None) or [urljoin(url, "/sitemap.xml")]


@hookimpl
def register_sources(register: Any) -> None:
    """Offer it under its own name."""
    register(sitemap)
