"""Subscription lists (OPML): each feed of a list is a source of its own, with its own name, schedule and health.

    [[sources]]
    plugin = "opml"
    url = "https://lists.example/london.opml"    # or a file: "feeds.opml"
    tags = ["london"]                            # for all its feeds, beside their folders

A feed is named as in the list; its folders and categories are its tags. `tags`, `every`, `enabled` and `stories` of
the table hold for all feeds of the list. A feed that has a table of its own, or is in a list above, is left out.

A list in a file is read with the configuration. One on the web is a source itself, which a run asks once a day, unless
`every` says otherwise. Its new feeds are asked in the same run. While it cannot be read, its feeds stay as they are.

Limits: a list on the web is taken for no more than any reader would see in it, and for at most 20,000 feeds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from aggregator import Channel, Http, Register, SourceError, Subscription, hookimpl

MOST = 20_000


async def opml(
    http: Http, *, url: Annotated[str, Meta(description="Its address, or the path of a file.")]
) -> AsyncIterator[Channel | Subscription]:
    """The feeds of a subscription list, each a source of its own."""
    from aggregator.feeds.opml import read_list

    response = await http.get(url)
    try:
        title, subscriptions = read_list(response.body)
    except ValueError as error:
        raise SourceError(f"{url}: {error}") from error
    if len(subscriptions) > MOST:
        raise SourceError(f"{url}: lists {len(subscriptions):,} feeds; a list on the web may have {MOST:,}")
    yield Channel(title=title)
    for subscription in subscriptions:
        yield subscription


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(opml)
