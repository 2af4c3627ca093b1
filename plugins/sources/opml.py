"""Reads subscription lists (OPML): each feed of a list becomes a source, with its own name, schedule and health.

    [[sources]]
    plugin = "opml"
    url = "https://lists.example/london.opml"    # or a file: "feeds.opml"
    tags = ["london"]                            # for all its feeds, in addition to their folders

The name of a feed is that in the list; its folders and categories become its tags. `tags`, `every`, `enabled` and
`stories` of the table apply to all feeds of the list. A feed with a table of its own, or in a list further up in the
configuration, is left out.

A list in a file is read with the configuration. A list on the web is itself a source, which is fetched once a day,
unless `every` sets another interval; its new feeds are fetched in the same run. While a list cannot be read, its feeds
stay as they are.

Limits: in a list on the web, the settings that `aggregate export` adds for other installations are ignored. At most
20,000 feeds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from aggregator import Channel, Http, Register, SourceError, Subscription, hookimpl

MAX_FEEDS = 20_000


async def opml(
    http: Http, *, url: Annotated[str, Meta(description="Address of the list, or path of a file.")]
) -> AsyncIterator[Channel | Subscription]:
    """Reads a subscription list; each of its feeds becomes a source."""
    from aggregator.feeds.opml import read_list

    response = await http.get(url)
    try:
        title, subscriptions = read_list(response.body)
    except ValueError as error:
        raise SourceError(f"{url}: {error}") from error
    if len(subscriptions) > MAX_FEEDS:
        raise SourceError(
            f"{url}: lists {len(subscriptions):,} feeds; the maximum for a list on the web is {MAX_FEEDS:,}"
        )
    yield Channel(title=title)
    for subscription in subscriptions:
        yield subscription


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(opml)
