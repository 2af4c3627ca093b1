"""Writes a JSON Feed 1.1: one item per story, newest first.

    [[outputs]]
    plugin = "jsonfeed"
    path = "public/feed.json"
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

The `id` of an item is that of the story, which never changes. Title, address and text are those of the first article of
the story. The extension `_aggregate` contains the rest of the story for programs: `source` (the outlet), `also` (the
other articles), `copies` (articles with the same text) and `why` (the evidence that joined each article).

Limits: `feed_url` and `home_page_url` are present only if the configuration has a `url`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from aggregator import Article, Delivery, Edition, Enclosure, Register, Story, hookimpl
from aggregator.outputs.text import headline, legal, others, reprints, web_address

from ._feed import Hub, attachments, authors, feed_language, feed_title, story_html, tags
from ._websub import ping, send_ping

VERSION = "https://jsonfeed.org/version/1.1"


def jsonfeed(edition: Edition, *, hub: Hub = None) -> Iterator[tuple[str, bytes] | Delivery]:
    """Writes a JSON Feed 1.1, one item per story."""
    edition = legal(edition)
    feed = {
        "version": VERSION,
        "title": feed_title(edition),
        "home_page_url": web_address(edition.url),
        "feed_url": web_address(edition.itself.url),
        "description": edition.tagline,
        "language": feed_language(edition.stories),
        "hubs": [{"type": "WebSub", "url": hub}] if hub else None,
    }
    items = [_present(_item(story)) for story in edition.newest]
    encoded = msgspec.json.encode({**_present(feed), "items": items})
    body = msgspec.json.format(encoded, indent=2) + b"\n"
    yield "", body
    yield from ping(edition, hub, body)


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Remove unknown values, as JSON Feed requires."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _item(story: Story) -> dict[str, Any]:
    article = story.representative
    return {
        "id": story.id,
        "url": web_address(article.url),
        "title": headline(article),
        "content_html": story_html(story),
        "summary": article.summary,
        "image": web_address(article.image),
        "date_published": story.published,
        "date_modified": story.updated,
        "authors": [{"name": name} for name in authors(article)],
        "tags": list(tags(story)),
        "language": article.language,
        "attachments": [_attachment(enclosure) for enclosure in attachments(article)],
        "_aggregate": {
            "source": _present({"name": article.source.name, "url": web_address(article.source.url)}),
            "also": [_reference(other) for other in others(story)],
            "copies": [_reference(other) for other in reprints(story)],
            "why": story.why,
        },
    }


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    values = {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }
    return _present(values)


def _reference(article: Article) -> dict[str, Any]:
    return _present({"title": headline(article), "url": web_address(article.url), "source": article.source.name})


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(jsonfeed, deliver=send_ping, files=True)
