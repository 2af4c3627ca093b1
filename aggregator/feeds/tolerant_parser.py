"""Read a feed with feedparser, if fastfeedparser rejects it, finds no entries in it, or may misread it."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from aggregator.feeds.channel import channel_fields
from aggregator.model import Channel, Item, Outlet


def read(text: bytes, url: str) -> tuple[Channel, list[Item]] | None:
    """Return the channel and its items; None if nothing in the document belongs to a feed."""
    import feedparser

    # Bytes in a file object: feedparser would open a string as an address or a path.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        feed = feedparser.parse(
            BytesIO(text), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError, AssertionError):
        return None
    if not feed.entries and not feed.get("version"):
        return None
    return _channel(feed.feed, text), [_item(entry, url) for entry in feed.entries]


def _channel(feed: Mapping[str, Any], text: bytes) -> Channel:
    return Channel(
        title=feed.get("title"),
        url=feed.get("link"),
        image=(feed.get("image") or {}).get("href"),
        **channel_fields(text),
    )


def _item(entry: Mapping[str, Any], url: str) -> Item:
    content = next((c.get("value") for c in entry.get("content", ()) if c.get("value")), None)
    return Item(
        id=entry.get("id"),
        url=entry.get("link"),
        title=entry.get("title"),
        summary=entry.get("summary"),
        content=content,
        authors=[a["name"] for a in entry.get("authors", ()) if a.get("name")] or entry.get("author"),
        published=_date(entry, "published") or _date(entry, "updated"),
        updated=_date(entry, "updated"),
        language=(entry.get("title_detail") or {}).get("language"),
        tags=[tag.get("label") or tag["term"] for tag in entry.get("tags", ()) if tag.get("term")] or None,
        enclosures=_enclosures(entry) or None,
        image=_picture(entry),
        source=_outlet(entry.get("source")),
        base=(entry.get("title_detail") or {}).get("base") or url,
    )


def _date(entry: Mapping[str, Any], name: str) -> int | str | None:
    """Return a date, in epoch seconds if feedparser read it; its own look-up mixes up `updated` and `published`."""
    parsed = dict.get(entry, f"{name}_parsed")  # type: ignore[call-overload]  # a FeedParserDict is a dict
    return calendar.timegm(parsed) if parsed else dict.get(entry, name)  # type: ignore[call-overload]


def _outlet(source: Mapping[str, Any] | None) -> Outlet | None:
    title = source and source.get("title")
    return Outlet(title, source.get("href") or source.get("link")) if source and title else None


def _enclosures(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    enclosures = [
        {
            "url": e.get("href"),
            "type": e.get("type"),
            "length": e.get("length"),
            "duration": entry.get("itunes_duration"),
        }
        for e in entry.get("enclosures", ())
    ]
    for media in entry.get("media_content", ()):
        kind = media.get("type") or {"image": "image/*", "video": "video/*", "audio": "audio/*"}.get(
            media.get("medium")
        )
        enclosures.append(
            {"url": media.get("url"), "type": kind, "length": media.get("filesize"), "duration": media.get("duration")}
        )
    return [enclosure for enclosure in enclosures if enclosure["url"]]


def _picture(entry: Mapping[str, Any]) -> str | None:
    thumbnails = [t["url"] for t in entry.get("media_thumbnail", ()) if t.get("url")]
    return thumbnails[0] if thumbnails else (entry.get("image") or {}).get("href")
