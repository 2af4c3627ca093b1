"""An RSS 2.0 feed: one item a story, newest first.

    [[outputs]]
    plugin = "rss"
    path = "public/feed.xml"
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

An item's `guid` is the story's id, which never changes, so that a reader shows a story once however many outlets join
it. Title, link and text are those of the article that founded the story; below the text stand the other outlets'
headlines ("Also covered by") and those that carried the same text ("Also published by"). `description` holds the
summary, `content:encoded` the whole text, made safe.

Limits: RSS allows one enclosure an item; the first audio or video is taken. A self link, which a hub needs, is there
only when the configuration has a `url`; without it the channel's `link` is a URN, since RSS demands one.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from aggregator import Edition, Register, Story, hookimpl

from ._feed import Hub, authors, feed_id
from ._story import legal, web_address


def rss(edition: Edition, *, hub: Hub = None) -> Iterator[tuple[str, bytes]]:
    """An RSS 2.0 feed, one item a story."""
    from ._feedgen import add_entry, make_feed

    edition = legal(edition)
    feed = make_feed(edition, "application/rss+xml", hub)
    feed.link(href=web_address(edition.url) or feed_id(edition))  # feedgen: the last link is the channel's
    feeds = {one.name: one.feed for one in edition.subscriptions}
    for story in edition.newest:
        _complete(add_entry(feed, story), story, feeds)
    yield "", feed.rss_str(pretty=True)


def _complete(entry: Any, story: Story, feeds: dict[str, str | None]) -> None:
    """Add what RSS says in its own way."""
    from ._feedgen import enclosures

    article = story.representative
    if article.summary.strip():
        entry.description(escape(article.summary, quote=False), isSummary=True)
    entry.dc.dc_creator(list(authors(article)))
    links = list(enclosures(story))
    played = [one for one in links if one["type"].startswith(("audio/", "video/"))]
    entry.link((played or links)[:1])
    outlet = article.source
    entry.source(url=web_address(feeds.get(outlet.name)) or web_address(outlet.url), title=outlet.name)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(rss)
