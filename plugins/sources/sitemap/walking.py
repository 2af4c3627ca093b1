"""From one address to the sitemaps that hold what is new, and to their articles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from aggregator import Channel, FetchError, Http, Item, NotModified, SourceError, aside

from .choosing import Child, choose, named_in_robots, newest
from .pages import complete, has_more
from .reading import Map, read_map

MOST_MAPS = 10
"""Sitemaps that are asked for in a run, lists of them included."""


async def read_maps(
    http: Http, url: str, state: dict[str, Any], include: re.Pattern[str] | None, oldest: datetime | None
) -> tuple[list[Map], bool]:
    """The sitemaps at an address or of a site, and whether the first one tells when any of them changes.

    `include`, `oldest`: see `read_map`. Raises SourceError where none can be read.
    """
    ahead = await _first(http, url)
    maps: list[Map] = []
    failures: list[SourceError] = []
    tells = len(ahead) == 1 and not state.get("left")  # else "nothing new" is no answer
    for number in range(MOST_MAPS):
        if number >= len(ahead):
            break
        try:
            response = await http.get(ahead[number], main=tells and number == 0)
            maps.append(await aside(read_map, response.body, response.url, include, oldest))
        except SourceError as error:
            failures.append(error)
        else:
            ahead += choose(maps[-1].children)
    if failures and all(one.children for one in maps):
        raise failures[0]
    return maps, not failures and all(child.modified for one in maps for child in one.children)


async def _first(http: Http, url: str) -> list[str]:
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
    return choose(named) or [urljoin(url, "/sitemap.xml")]


async def take_items(
    http: Http, maps: list[Map], state: dict[str, Any], *, whole: bool, read: bool
) -> AsyncIterator[Channel | Item]:
    """What is new in these sitemaps, and what they call themselves. Raises NotModified where nothing is new.

    `whole`: nothing was left to the next run; `read`: pages are read for what has no title.
    """
    items = newest(item for one in maps for item in one.items)
    titled, untitled = [one for one in items if one.title], [one for one in items if not one.title]
    if untitled and not titled and not has_more(untitled, state):
        raise NotModified
    home = items[0].url if items else None
    yield Channel(title=next((one.name for one in maps if one.name), None), url=urljoin(home, "/") if home else None)
    for item in titled:
        yield item
    async for item in complete(http, untitled, state, read=read):
        yield item
    state["left"] = not whole or has_more(untitled, state)
