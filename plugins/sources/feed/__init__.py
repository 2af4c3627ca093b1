"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1; over the web, from a file, or from a folder
of files.

    [[sources]]
    url = "https://feeds.example/world.xml"

Broken feeds are read as far as they go: wrong charsets, text before the XML, control characters, undeclared
entities, files that were cut off.

A web page is no feed; `aggregate add` finds the feed behind it. Where the feed's address follows from the page's, as
for a channel of YouTube, a subreddit, or the releases of a project, the page's will do:

    [[sources]]
    url = "https://github.com/python/cpython/releases"

Of a folder each feed is an outlet of its own, under its own name. Other files there are passed over; those that look
like feeds by their names, and are none, are named.
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
    http: Http, *, url: Annotated[str, Meta(description="Its address, or the path of a file or a folder of feeds.")]
) -> AsyncIterator[Channel | Item | Reading]:
    """A feed, as its publisher offers it: RSS, Atom or JSON Feed."""
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
