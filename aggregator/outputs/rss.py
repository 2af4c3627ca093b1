"""Renders RSS 2.0, by the specification and the profile of the RSS Advisory Board."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from aggregator.model import Edition, Story
from aggregator.outputs.feed_document import FeedDocument, FeedOptions, feed_document
from aggregator.outputs.feed_item import FeedItem
from aggregator.outputs.feed_pages import FeedPage
from aggregator.outputs.feedgen_parts import add_entry, enclosure_link, make_feed, serialise
from aggregator.outputs.text import legal, web_address

NOWHERE = "about:blank"
"""The required link of a channel of which no web page is known."""


def rss_feed(edition: Edition, stories: Sequence[Story], url: str | None, options: FeedOptions) -> bytes:
    """Return an RSS feed of some stories of an edition, such as those of a section. `url`: where it is published."""
    page = FeedPage("", web_address(url), tuple(stories))
    edition = legal(msgspec.structs.replace(edition, stories=(), sections=(), latest=(), older=()))
    return render_rss(feed_document(edition, page, legal(options)))


def render_rss(document: FeedDocument) -> bytes:
    """Return the document as RSS."""
    feed = make_feed(document, "application/rss+xml")
    feed.link(href=document.site or NOWHERE)  # feedgen takes the last link as that of the channel
    for item in document.items:
        _complete(add_entry(feed, item, document), item, document)
    return serialise(feed.rss_str(pretty=True, xml_declaration=False), document)


def _complete(entry: Any, item: FeedItem, document: FeedDocument) -> None:
    """Add the fields that differ from Atom."""
    if item.summary:
        entry.description(escape(item.summary, quote=False), isSummary=True)
    if item.language and not document.language:
        entry.dc.dc_language(item.language)
    entry.dc.dc_creator(list(item.authors))
    for enclosure in item.enclosures[:1]:  # several would be ambiguous (profile, "enclosure"); without length, it is 0
        entry.link(enclosure_link(enclosure))
    for enclosure in item.enclosures[1:]:
        entry.media.content(
            url=enclosure.url,
            type=enclosure.type,
            fileSize=str(enclosure.length or ""),
            duration=str(enclosure.duration or ""),
            group=None,
        )
    url = document.feeds.get(item.source.name) or web_address(item.source.url)
    entry.source(url=url, title=item.outlet)
