"""Read a feed with fastfeedparser, which suits the great majority, and the elements that it ignores separately."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fastfeedparser

from aggregator.feeds.channel import channel_fields
from aggregator.feeds.extensions import may_have_extensions, read_extensions
from aggregator.feeds.misreadings import count_tags, may_be_misread
from aggregator.model import Channel, Item

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def read(text: bytes, url: str) -> tuple[Channel, list[Item]] | None:
    """Return the channel and its items; None if this parser may misread the document (UTF-8, without a DTD)."""
    try:
        feed = fastfeedparser.parse(text)
    except Exception:  # the tolerant parser may read what this one fails on
        return None
    entries, tags = feed.entries, count_tags(text)
    if may_be_misread(text, tags, entries):
        return None
    extensions = read_extensions(text, len(entries)) if may_have_extensions(text, tags, len(entries)) else None
    items = [_item(entry, url) for entry in entries]
    for item, extension in zip(items, extensions or (), strict=False):
        extension.add_to(item)
    return _channel(feed.feed if "feed" in feed else feed, text), items


def _channel(feed: Mapping[str, Any], text: bytes) -> Channel:
    image = feed.get("image")
    return Channel(
        title=feed.get("title"),
        url=feed.get("link"),
        image=image.get("href") or image.get("url") if isinstance(image, Mapping) else None,
        **channel_fields(text),
    )


def _item(entry: Mapping[str, Any], base: str) -> Item:
    content = entry.get("content")
    body = (content[0]["value"] or "").strip() if content else ""
    own_base = content[0].get("base") if content else None
    return Item(
        id=entry.get("id"),
        url=_article_address(entry),
        title=entry.get("title"),
        summary=entry.get("description") or None,
        content=body if body != entry.get("description") else None,  # it repeats the description without a content
        authors=[author["name"] for author in entry.get("authors", ())] or None,
        published=entry.get("published") or entry.get("updated"),
        updated=entry.get("updated"),
        tags=[tag.get("label") or tag["term"] for tag in entry.get("tags", ()) if tag.get("term")] or None,
        enclosures=_enclosures(entry) or None,
        image=_picture(entry),
        base=own_base or base,
    )


def _article_address(entry: Mapping[str, Any]) -> str | None:
    """Return the address of the article: of several alternates the first web page (RFC 4287 4.1.1 allows many)."""
    alternates = [link for link in entry.get("links", ()) if (link.get("rel") or "alternate") == "alternate"]
    pages = [link for link in alternates if (link.get("type") or "text/html") in _PAGE_TYPES]
    best = (pages or alternates) if len(alternates) > 1 else []
    name = str(entry.get("id") or "")
    candidates = [
        *(link.get("href") for link in best[:1]),
        entry.get("link"),
        *(link.get("href") for link in alternates[:1]),
        name if name.startswith(("http://", "https://")) else None,
    ]
    return next(filter(None, candidates), None)


def _enclosures(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    enclosures = [
        {"url": e.get("url"), "type": e.get("type"), "length": e.get("length")} for e in entry.get("enclosures", ())
    ]
    linked = [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]
    enclosures += [{"url": link.get("href"), "type": link.get("type"), "length": link.get("length")} for link in linked]
    for media in entry.get("media_content", ()):
        kind = media.get("type") or _medium(media.get("medium"))
        enclosures.append(
            {"url": media.get("url"), "type": kind, "length": media.get("fileSize"), "duration": media.get("duration")}
        )
    return [enclosure for enclosure in enclosures if enclosure["url"]]


def _medium(medium: str | None) -> str | None:
    return {"image": "image/*", "video": "video/*", "audio": "audio/*"}.get(medium or "")


def _picture(entry: Mapping[str, Any]) -> str | None:
    for media in entry.get("media_content", ()):
        if media.get("thumbnail_url"):
            return str(media["thumbnail_url"])
    return None
