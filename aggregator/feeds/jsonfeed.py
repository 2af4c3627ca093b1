"""Read JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.feeds.text_types import join, loose_text, plain_body
from aggregator.model import Channel, Item


def is_feed(document: Any) -> bool:
    """Whether a JSON document is a JSON Feed: it has `items` and its version, or at least a `title`."""
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        return False
    return "jsonfeed.org" in str(document.get("version")) or "title" in document


def read(document: Mapping[str, Any], url: str) -> tuple[Channel, list[Item]]:
    """Return the channel and its items; other values among them are left out."""
    hubs = [hub.get("url") for hub in _mappings(document.get("hubs")) if hub.get("type") == "WebSub"]
    title, home = _text(document.get("title")), _text(document.get("home_page_url"))
    channel = Channel(
        title=loose_text(title) if title else None,
        url=join(url, home) if home else None,
        language=_text(document.get("language")),
        image=_text(document.get("icon")),
        hub=hubs[0] if hubs else None,
    )
    authors = _authors(document)
    return channel, [_item(item, url, authors) for item in _mappings(document["items"])]


def _item(item: Mapping[str, Any], url: str, authors: list[str]) -> Item:
    text, title = _text(item.get("content_text")), _text(item.get("title"))
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
    summary = _text(item.get("summary"))
    return Item(
        id=identity if isinstance(identity, str | int) else str(identity) if identity is not None else None,
        url=_text(item.get("url")) or _text(item.get("external_url")),
        title=loose_text(title) if title else None,
        summary=loose_text(summary) if summary else plain_body(text) if text else None,
        content=_text(item.get("content_html")),
        authors=_authors(item) or authors or None,
        published=_date(item.get("date_published")),
        updated=_date(item.get("date_modified")),
        language=_text(item.get("language")),
        tags=_tags(item.get("tags")) or None,
        image=_text(item.get("image")) or _text(item.get("banner_image")),
        enclosures=attachments or None,
        base=url,
    )


def _authors(holder: Mapping[str, Any]) -> list[str]:
    """Return the names of the authors: `authors` in 1.1, `author` in 1.0, each also as one object or as text."""
    for key in ("authors", "author"):
        stated = [author.get("name") if isinstance(author, Mapping) else author for author in _values(holder.get(key))]
        if names := [name for author in stated if (name := _text(author))]:
            return names
    return []


def _tags(value: object) -> list[str]:
    """Return the tags: a list, or text with commas between them."""
    values = value.split(",") if isinstance(value, str) else _values(value)
    return [tag for stated in values if isinstance(stated, str | int) and (tag := str(stated).strip())]


def _date(value: object) -> str | int | float | None:
    return value if isinstance(value, int | float) else _text(value)


def _values(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [element for element in _values(value) if isinstance(element, Mapping)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
