"""Renders Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aggregator.outputs.article_text import headline
from aggregator.outputs.feed_document import FeedDocument
from aggregator.outputs.feed_item import FeedItem
from aggregator.outputs.feedgen_parts import add_entry, enclosure_link, make_feed, serialise
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.text import web_address


def render_atom(document: FeedDocument) -> bytes:
    """Return the document as Atom."""
    feed = make_feed(document, "application/atom+xml")
    feed.author(name=document.title)
    if document.home:
        feed.link(href=document.home, rel="alternate", type="text/html")
    for relation, url in document.links:
        feed.link(href=url, rel=relation)
    dates = _newest_by_outlet(document)
    for item in document.items:
        entry = add_entry(feed, item, document)
        if item.summary:
            entry.summary(item.summary)
        entry.author([{"name": name} for name in item.authors])
        entry.more.links = (*map(enclosure_link, item.enclosures), *_related(item, document))
        entry.more.source = _source(item, document, dates)
    return serialise(feed.atom_str(pretty=True, xml_declaration=False), document)


def _newest_by_outlet(document: FeedDocument) -> dict[str, datetime]:
    """Return the date of the newest article of each outlet in this document."""
    dates: dict[str, datetime] = {}
    for item in document.items:
        name = item.source.name
        dates[name] = max(item.article.date, dates.get(name, item.article.date))
    return dates


def _source(item: FeedItem, document: FeedDocument, dates: dict[str, datetime]) -> dict[str, Any] | None:
    """Return the feed that an item is from: its address as `id`, and the date of its newest article shown here."""
    outlet = item.source
    if not item.outlet:
        return None
    address = document.feeds.get(outlet.name) or web_address(outlet.url)
    return {
        "id": address or uuid.uuid5(uuid.NAMESPACE_URL, outlet.name).urn,
        "title": item.outlet,
        "updated": dates[outlet.name].isoformat(),
        "link": web_address(outlet.url) or "",
    }


def _related(item: FeedItem, document: FeedDocument) -> Iterator[dict[str, str]]:
    """Yield links to the other articles of a story."""
    if item.id != item.story.id:
        return
    seen = {item.url}
    for other in (*item.story.articles, *(copy.article for copy in item.story.copies)):
        address = web_address(other.url)
        if address and address not in seen:
            seen.add(address)
            yield {
                "rel": "related",
                "href": address,
                "title": f"{outlet_name(other.source, document)}: {headline(other)}",
            }
