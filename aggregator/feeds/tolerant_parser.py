"""Read a feed with feedparser, if its markup is so broken that lxml loses entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from aggregator.feeds.entry import MEDIA_TYPES, Entry, Link
from aggregator.feeds.text_types import loose_text, plain_text, rss_text
from aggregator.model import Channel, Item, Outlet

_DATES = {"published": "pubdate", "updated": "updated", "created": "created"}


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
    is_atom = str(feed.get("version")).startswith("atom")
    language = feed.feed.get("language")
    return _channel(feed.feed), [_item(entry, url, language, is_atom=is_atom) for entry in feed.entries]


def _channel(feed: Mapping[str, Any]) -> Channel:
    return Channel(
        title=feed.get("title"),
        url=feed.get("link"),
        language=feed.get("language"),
        image=(feed.get("image") or {}).get("href"),
    )


def _item(entry: Mapping[str, Any], url: str, language: str | None, *, is_atom: bool) -> Item:
    detail = entry.get("title_detail") or {}
    return Entry(
        guid=entry.get("id"),
        permalink=False,  # feedparser has made it the link already
        texts=_texts(entry, is_atom=is_atom),
        dates={name: text for key, name in _DATES.items() if (text := dict.get(entry, key))},  # type: ignore[call-overload]
        authors={"author": _authors(entry)},
        links=_links(entry),
        tags=[rss_text(tag.get("label") or tag["term"]) for tag in entry.get("tags", ()) if tag.get("term")],
        media=list(_media(entry)),
        pictures=_pictures(entry),
        duration=entry.get("itunes_duration"),
        source=_outlet(entry.get("source")),
        language=None if detail.get("language") == language else detail.get("language"),
        base=detail.get("base") if detail.get("base") != url else None,
    ).to_item(url)


def _texts(entry: Mapping[str, Any], *, is_atom: bool) -> dict[str, str]:
    texts = {"title": _html(entry.get("title_detail"), is_atom=is_atom)}
    texts["description"] = _html(entry.get("summary_detail"), is_atom=is_atom) or entry.get("summary") or ""
    content = next((c for c in entry.get("content", ()) if c.get("value")), None)
    return {**texts, "content": _html(content, is_atom=is_atom)}


def _html(detail: Mapping[str, Any] | None, *, is_atom: bool) -> str:
    """Return a text as HTML. feedparser calls a text without a type plain, also in RSS."""
    text = str(detail.get("value") or "").strip() if detail else ""
    if not detail or "html" in str(detail.get("type")):
        return text
    if not is_atom:
        return rss_text(text)
    return plain_text(text) if detail.get("type") == "text" else loose_text(text)


def _authors(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of the authors. That of a single one is taken as stated, which feedparser's own may cut."""
    names = [author["name"] for author in entry.get("authors", ()) if author.get("name")]
    stated = entry.get("author")
    return [str(stated)] if stated and len(names) < 2 else names


def _links(entry: Mapping[str, Any]) -> list[Link]:
    links = [
        Link(link["href"], link.get("rel") or "alternate", link.get("type"), link.get("length"))
        for link in entry.get("links", ())
        if link.get("href") and link.get("rel") != "enclosure"
    ]
    address = entry.get("link")
    return links if any(link.rel == "alternate" for link in links) or not address else [Link(address), *links]


def _outlet(source: Mapping[str, Any] | None) -> Outlet | None:
    title = source and source.get("title")
    return Outlet(title, source.get("href") or source.get("link")) if source and title else None


def _media(entry: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for e in entry.get("enclosures", ()):
        if e.get("href"):
            yield {"url": e["href"], "type": e.get("type"), "length": e.get("length")}
    for media in entry.get("media_content", ()):
        if media.get("url"):
            fields = {key: media[key] for key in ("url", "duration", "width", "height") if media.get(key)}
            kind = media.get("type") or MEDIA_TYPES.get(media.get("medium") or "")
            yield {**fields, "type": kind, "length": media.get("filesize")}


def _pictures(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    pictures = [
        {key: thumbnail[key] for key in ("url", "width", "height") if thumbnail.get(key)}
        for thumbnail in entry.get("media_thumbnail", ())
        if thumbnail.get("url")
    ]
    image = (entry.get("image") or {}).get("href")
    return [*pictures, {"url": image}] if image else pictures
