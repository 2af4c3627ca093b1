"""Renders JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.model import Article, Enclosure
from aggregator.outputs.article_text import headline
from aggregator.outputs.feed_document import FeedDocument
from aggregator.outputs.feed_item import FeedItem
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.text import web_address

VERSION = "https://jsonfeed.org/version/1.1"


def render_json_feed(document: FeedDocument) -> bytes:
    """Return the document as JSON Feed."""
    feed = {
        "version": VERSION,
        "title": document.title,
        "home_page_url": document.home,
        "feed_url": document.url,
        "next_url": dict(document.links).get("next"),
        "description": document.subtitle if document.subtitle != document.title else "",
        "language": document.language,
        "hubs": [{"type": "WebSub", "url": document.hub}] if document.hub else None,
    }
    items = [_present(_item(item, document)) for item in document.items]
    encoded = msgspec.json.encode({**_present(feed), "items": items})
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Remove unknown values, as JSON Feed requires."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _item(item: FeedItem, document: FeedDocument) -> dict[str, Any]:
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "summary": item.summary,
        "image": item.image,
        "date_published": item.published,
        "date_modified": item.updated,
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
        "language": item.language,
        "attachments": [_attachment(enclosure) for enclosure in item.enclosures],
        "_aggregate": _extension(item, document),
    }


def _extension(item: FeedItem, document: FeedDocument) -> dict[str, Any]:
    """Return the rest of an item, for programs."""
    source = _present({"name": item.outlet, "url": web_address(item.source.url)})
    story = item.story
    if item.id != story.id:
        return {"source": source, "story": story.id}
    merged = [_present({"id": one.id, "title": one.title, "url": web_address(one.url)}) for one in story.merged]
    return {
        "source": source,
        "also": [_reference(other, document) for other in story.articles[1:]],
        "copies": [_reference(copy.article, document) for copy in story.copies],
        "why": story.why,
        **({"includes": merged} if merged else {}),
    }


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    values = {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }
    return _present(values)


def _reference(article: Article, document: FeedDocument) -> dict[str, Any]:
    return _present(
        {"title": headline(article), "url": web_address(article.url), "source": outlet_name(article.source, document)}
    )
