"""Fetches the sitemaps of a site that are likely to be new, and reads their articles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from aggregator import Channel, FetchError, Http, Item, NotModified, SourceError, aside

from .complete import complete_items, has_more
from .parse import Sitemap, parse_sitemap
from .select import Child, choose, newest, sitemaps_in_robots

MAX_SITEMAPS = 10
"""Sitemaps fetched in a run, including indexes."""


async def fetch_sitemaps(
    http: Http, url: str, state: dict[str, Any], include: re.Pattern[str] | None, oldest: datetime | None
) -> tuple[list[Sitemap], bool]:
    """Return the sitemaps at an address or of a site, and whether the first one changes whenever one of them does.

    `include`, `oldest`: see `parse_sitemap`. Raises SourceError if none can be read.
    """
    queue = await _start_addresses(http, url)
    sitemaps: list[Sitemap] = []
    failures: list[SourceError] = []
    is_conditional = len(queue) == 1 and not state.get("left")  # else an unchanged sitemap may have unread entries
    for number in range(MAX_SITEMAPS):
        if number >= len(queue):
            break
        try:
            response = await http.get(queue[number], main=is_conditional and number == 0)
            sitemaps.append(await aside(parse_sitemap, response.body, response.url, include, oldest))
        except SourceError as error:
            failures.append(error)
        else:
            queue += choose(sitemaps[-1].children)
    if failures and all(sitemap.children for sitemap in sitemaps):
        raise failures[0]
    return sitemaps, not failures and all(child.modified for sitemap in sitemaps for child in sitemap.children)


async def _start_addresses(http: Http, url: str) -> list[str]:
    """Return the address itself; for a site, the sitemaps in its robots.txt, or else /sitemap.xml."""
    if urlsplit(url).path not in ("", "/"):
        return [url]
    try:
        robots = await http.get(urljoin(url, "/robots.txt"))
    except FetchError as error:
        if error.status is None:
            raise
        return [urljoin(url, "/sitemap.xml")]
    children = [Child(address) for address in sitemaps_in_robots(robots.text, url)]
    return choose(children) or [urljoin(url, "/sitemap.xml")]


async def read_items(
    http: Http, sitemaps: list[Sitemap], state: dict[str, Any], *, complete: bool, fetch_pages: bool
) -> AsyncIterator[Channel | Item]:
    """Yield channel and new items of sitemaps. Raises NotModified if there are none.

    `complete`: no sitemap is left for the next run; `fetch_pages`: fetch the pages of items without a title.
    """
    items = newest(item for sitemap in sitemaps for item in sitemap.items)
    titled, untitled = [item for item in items if item.title], [item for item in items if not item.title]
    if untitled and not titled and not has_more(untitled, state):
        raise NotModified
    home = items[0].url if items else None
    name = next((sitemap.name for sitemap in sitemaps if sitemap.name), None)
    yield Channel(title=name, url=urljoin(home, "/") if home else None)
    for item in titled:
        yield item
    async for item in complete_items(http, untitled, state, fetch_pages=fetch_pages):
        yield item
    state["left"] = not complete or has_more(untitled, state)
