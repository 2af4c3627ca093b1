"""Read JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.model import Channel, Item


def is_feed(document: Any) -> bool:
    """Whether a JSON document is a JSON Feed: it has `items` and its version, or at least a `title`."""
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        return False
    return "jsonfeed.org" in str(document.get("version")) or "title" in document


def read(document: Mapping[str, Any], url: str) -> tuple[Channel, list[Item]]:
    """Return the channel and its items; other values among them are left out."""
    hubs = [hub.get("url") for hub in _mappings(document.get("hubs")) if hub.get("type") == "WebSub"]
    channel = Channel(
        title=_text(document.get("title")),
        url=_text(document.get("home_page_url")),
        language=_text(document.get("language")),
        image=_text(document.get("icon")),
        hub=hubs[0] if hubs else None,
    )
    authors = _authors(document)
    return channel, [_item(item, url, authors) for item in _mappings(document["items"])]


def _item(item: Mapping[str, Any], url: str, authors: list[str]) -> Item:
    text = _text(item.get("content_text"))
    attachments = [
        {
            "url": a.get("url"),
            "type": a.get("mime_type"),
            "length": a.get("size_in_bytes"),
            "duration": a.get("duration_in_seconds"),
        }
        for a in _mappings(item.get("attachments"))
    ]
    identity = item.get("id")
    return Item(
        id=identity if isinstance(identity, str | int) else str(identity) if identity is not None else None,
        url=_text(item.get("url")) or _text(item.get("external_url")),
        title=_text(item.get("title")),
        summary=_text(item.get("summary")) or text,
        content=_text(item.get("content_html")),
        authors=_authors(item) or authors or None,
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        language=_text(item.get("language")),
        tags=[tag for tag in item.get("tags") or () if isinstance(tag, str)] or None,
        image=_text(item.get("image")) or _text(item.get("banner_image")),
        enclosures=attachments or None,
        base=url,
    )


def _authors(holder: Mapping[str, Any]) -> list[str]:
    """Return the names of the authors: `authors` in 1.1, `author` in 1.0."""
    authors = _mappings(holder.get("authors")) or _mappings([holder.get("author")])
    return [name for author in authors if (name := _text(author.get("name")))]


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [element for element in value if isinstance(element, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
