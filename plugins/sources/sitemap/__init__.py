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
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from msgspec import Meta

from aggregator import Channel, FetchError, Item, NotModified, SourceError, aside, hookimpl
from aggregator.quantities import parse_duration

from .choosing import Child, choose, named_in_robots, newest
from .pages import complete, has_more
from .reading import Map, read_map

MOST_MAPS = 10
"""Sitemaps that are asked for in a run, lists of them included."""


async def sitemap(  # noqa: PLR0913 - each is an option
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
    maps, whole = await _maps(http, await _first(http, url), partial(read_map, include=include, oldest=oldest), state)
    items = newest(item for one in maps for item in one.items)
    titled, untitled = [one for one in items if one.title], [one for one in items if not one.title]
    if untitled and not titled and not has_more(untitled, state):
        raise NotModified
    yield Channel(title=next((one.name for one in maps if one.name), None), url=urljoin(url, "/"))
    for item in titled:
        yield item
    async for item in complete(http, untitled, state, read=pages):
        yield item
    state["left"] = not whole or has_more(untitled, state)


async def _maps(
    http: Any, ahead: list[str], read: Callable[[bytes, str], Map], state: dict[str, Any]
) -> tuple[list[Map], bool]:
    """The sitemaps at these addresses and those that they list, and whether the first tells when any of them changes.

    Raises SourceError where none can be read.
    """
    maps: list[Map] = []
    failures: list[SourceError] = []
    tells = len(ahead) == 1 and not state.get("left")
    if not tells:  # "nothing new" is no answer, so it is not to be taken for the source's own address
        ahead = [f"{ahead[0]}#", *ahead[1:]]
    for number in range(MOST_MAPS):
        if number >= len(ahead):
            break
        try:
            response = await http.get(ahead[number], main=tells and number == 0)
            maps.append(await aside(read, response.body, response.url))
        except SourceError as error:
            failures.append(error)
        else:
            ahead += choose(maps[-1].children)
    if failures and all(one.children for one in maps):
        raise failures[0]
    return maps, not failures and all(child.modified for one in maps for child in one.children)


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
    return choose(named) or [urljoin(url, "/sitemap.xml")]


@hookimpl
def register_sources(register: Any) -> None:
    """Offer it under its own name."""
    register(sitemap)
