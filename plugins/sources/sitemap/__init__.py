"""Reads sitemaps (https://www.sitemaps.org): news sitemaps with headlines and dates, and plain lists of addresses.

    [[sources]]
    plugin = "sitemap"
    url = "https://news.example/sitemap-news.xml"

    [[sources]]
    plugin = "sitemap"
    url = "https://blog.example/"        # a site: its robots.txt names its sitemaps
    include = "/2026/|/reports/"         # only addresses that match this regular expression
    since = "7d"                         # maximum age
    pages = false                        # titles from the addresses

Supported are news, image and video sitemaps, sitemap indexes, text files, and gzip compression. Of an index the newest
five sitemaps are read: only news sitemaps if there are any, otherwise none of authors, tags and categories.

A plain sitemap contains neither titles nor dates of publication. Therefore the pages themselves are fetched, where
robots.txt permits it: the newest 20 in the first run, then each new page once. With `pages = false`, or where a page
has no article or refuses programs, the title is derived from the words of the address, if it has any.

Limits: the newest 1,000 addresses; of addresses without a date the first and the last 500. A sitemap may have 50 MiB
uncompressed. Changes of a page after it was fetched are not noticed.
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
    include: Annotated[re.Pattern[str] | None, Meta(description="Only addresses that match.")] = None,
    since: Annotated[Duration | None, Meta(description="Maximum age of the articles.")] = None,
    pages: Annotated[bool, Meta(description="Fetch the pages of entries without a title.")] = True,
) -> AsyncIterator[Channel | Item]:
    """Reads the articles that a sitemap, or the sitemaps of a site, list."""
    from .fetch import fetch_sitemaps, read_items  # takes 15 ms: only for runs that need it

    oldest = datetime.now(UTC) - since if since else None
    sitemaps, complete = await fetch_sitemaps(http, url, state, include, oldest)
    async for part in read_items(http, sitemaps, state, complete=complete, fetch_pages=pages):
        yield part


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(sitemap)
