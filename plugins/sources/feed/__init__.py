"""Reads feeds on the web, in a file or in a folder: RSS 0.9x to 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

    [[sources]]
    url = "https://feeds.example/world.xml"

Malformed feeds are read as far as possible: wrong charsets, text before the XML, control characters, undeclared
entities, truncated files.

The address may have the scheme `feed:`. That of a web page is not the address of a feed; `aggregate add` finds the feed
of a page. For sites whose feed addresses follow a pattern, such as a YouTube channel, a subreddit, or the releases of a
project, the address of the page is sufficient:

    [[sources]]
    url = "https://github.com/python/cpython/releases"

In a folder, each feed is an outlet with its own name. Other files there are ignored; files with the suffix of a feed
that are not feeds are reported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from aggregator import Channel, Http, Item, Reading, Register, hookimpl
from aggregator.feeds import read_feed
from aggregator.feeds.site_feeds import feed_address

from .folder import folder_of, read_folder


async def feed(
    http: Http,
    *,
    url: Annotated[str, Meta(description="Address of the feed, or path of a file or a folder.")],
) -> AsyncIterator[Channel | Item | Reading]:
    """Reads a feed: RSS, Atom or JSON Feed."""
    if folder := await folder_of(url):
        async for part in read_folder(http, folder):
            yield part
    else:
        response = await http.get(feed_address(url) or url, main=True)
        yield Reading(read_feed, response.body, response.url, response.headers.get("Content-Type", ""))


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(feed)
