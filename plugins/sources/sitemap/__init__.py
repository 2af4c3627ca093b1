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
newest five count: only those called news, if there are such, and else none of authors, tags and categories.

A plain sitemap says neither titles nor when something was published. So the pages themselves are read, as far as
robots.txt allows it: the newest 20 at first, then those that are new, each once. With `pages = false`, or where a page
holds no article or is not shown to programs, the title is made of the address, if there are words in it.

Limits: the newest 1,000 addresses; of those without a date the first and the last 500. A sitemap may unfold to 50 MiB.
What a page says later than at its first reading is not noticed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta

from aggregator import Channel, Duration, Http, Item, Register, hookimpl


async def sitemap(  # noqa: PLR0913 - one parameter per option
    http: Http,
    state: dict[str, Any],
    *,
    url: str,
    include: Annotated[re.Pattern[str] | None, Meta(description="Only addresses in which this is found.")] = None,
    since: Annotated[Duration | None, Meta(description="Only what is no older.")] = None,
    pages: Annotated[bool, Meta(description="Read the pages of which the sitemap gives no title.")] = True,
) -> AsyncIterator[Channel | Item]:
    """The articles that a sitemap lists, or the sitemaps of a site."""
    from .walking import read_maps, take_items  # 15 ms, which runs without it need not pay

    oldest = datetime.now(UTC) - since if since else None
    maps, whole = await read_maps(http, url, state, include, oldest)
    async for part in take_items(http, maps, state, whole=whole, read=pages):
        yield part


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(sitemap)
