"""Writes an RSS 2.0 feed: one item per story, newest first.

    [[outputs]]
    plugin = "rss"
    path = "public/feed.xml"
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

The `guid` of an item is the id of the story, which never changes: a feed reader shows a story once, even if further
outlets join it. Title, link and text are those of the first article of the story. Below the text are the headlines of
the other outlets ("Also covered by") and of copies ("Also published by"). `description` contains the summary,
`content:encoded` the full text as safe HTML.

Limits: RSS allows one enclosure per item; the first audio or video is used. The self link, which a hub requires, is
present only if the configuration has a `url`; without it the `link` of the channel is a URN, since RSS requires a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from aggregator import Delivery, Edition, Register, Story, hookimpl
from aggregator.outputs.text import legal, web_address

from ._feed import Hub, authors, feed_id
from ._websub import ping, send_ping


def rss(edition: Edition, *, hub: Hub = None) -> Iterator[tuple[str, bytes] | Delivery]:
    """Writes an RSS 2.0 feed, one item per story."""
    from ._feedgen import add_entry, make_feed

    edition = legal(edition)
    feed = make_feed(edition, "application/rss+xml", hub)
    feed.link(href=web_address(edition.url) or feed_id(edition))  # feedgen takes the last link as the channel's
    feeds = {source.name: source.feed for source in edition.subscriptions}
    for story in edition.newest:
        _complete(add_entry(feed, story), story, feeds)
    body = feed.rss_str(pretty=True)
    yield "", body
    yield from ping(edition, hub, body)


def _complete(entry: Any, story: Story, feeds: dict[str, str | None]) -> None:
    """Add the fields that differ from Atom."""
    from ._feedgen import enclosures

    article = story.representative
    if article.summary.strip():
        entry.description(escape(article.summary, quote=False), isSummary=True)
    entry.dc.dc_creator(list(authors(article)))
    links = list(enclosures(story))
    media = [link for link in links if link["type"].startswith(("audio/", "video/"))]
    entry.link((media or links)[:1])
    outlet = article.source
    entry.source(url=web_address(feeds.get(outlet.name)) or web_address(outlet.url), title=outlet.name)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(rss, deliver=send_ping, files=True)
