"""What a sitemap holds (https://www.sitemaps.org/protocol.html), with Google's extensions for news, images, videos."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from aggregator import Item, SourceError
from aggregator.text.dates import parse_date
from aggregator.text.urls import absolute

from .choosing import Child, newest, stated

LARGEST = 50 * 1024 * 1024
"""Bytes that a sitemap may unfold to: as many as it may have."""
MOST_ENTRIES = 50_000
"""Addresses, or sitemaps, that one may list; the rest is left out."""


class Map(msgspec.Struct, frozen=True):
    """A sitemap, read. `name`: of the publication that its news name; `children`: the sitemaps that it lists."""

    name: str | None = None
    items: list[Item] = []
    children: list[Child] = []


def read_map(body: bytes, url: str, include: re.Pattern[str] | None = None, oldest: datetime | None = None) -> Map:
    """Read one. `include`: what addresses hold that are wanted; `oldest`: from when on.

    Raises SourceError, in one line, for what is no sitemap. Nothing is fetched, and no entity expanded.
    """
    text = _inflated(body).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise SourceError(f"{url}: the answer is empty: no sitemap")
    if text[:4] == b"http":
        lines = text.decode(errors="replace").split()
        return Map(items=_wanted((Item(url=one) for line in lines if (one := absolute(line))), include, oldest))
    if b"<!ENTITY" in text:
        raise SourceError(f"{url}: declares entities, as no sitemap does: not read")
    children: list[Child] = []
    items: list[Item] = []
    name = None
    for kind, said in _entries(text, url):
        place = absolute(said.get("loc", ""), url)
        if place and kind == "sitemap":
            modified = parse_date(said.get("lastmod"))
            if not (oldest and modified and modified < oldest):
                children.append(Child(place, modified))
        elif place:
            items.append(_item(said, place))
            name = name or said.get("news/publication/name")
    return Map(name, _wanted(items, include, oldest), children)


def _inflated(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = inflating.decompress(body, LARGEST)
    except zlib.error as error:
        raise SourceError(f"broken gzip, no sitemap ({error})") from error
    if inflating.unconsumed_tail:
        raise SourceError(f"unfolds to more than {LARGEST // 2**20} MiB: not read")
    return text


def _entries(text: bytes, url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each with its kind, "url" or "sitemap", and what it says: "loc", "news/title", "news/publication/name"..."""
    from lxml import etree

    reading = etree.iterparse(
        io.BytesIO(text),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    count = 0
    try:
        for count, (_, element) in enumerate(reading, 1):
            if count > MOST_ENTRIES:
                return
            said: dict[str, str] = {}
            _gather(element, "", said)
            yield _name(element), said
            element.clear()
    except etree.LxmlError as error:
        if not count:
            raise SourceError(f"{url}: {_what_it_is(text)}") from error
    if reading.root is None or _name(reading.root) not in ("urlset", "sitemapindex"):
        raise SourceError(f"{url}: {_what_it_is(text)}")


def _gather(element: Any, path: str, said: dict[str, str]) -> None:
    """The texts within, by the names that lead to them; of several of one name the first."""
    for child in element:
        name = path + _name(child)
        if text := (child.text or "").strip():
            said.setdefault(name, text)
        if len(child):
            _gather(child, f"{name}/", said)


def _name(element: Any) -> str:
    """Without its namespace; an entity, which is not expanded, has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _what_it_is(text: bytes) -> str:
    head = text[:3000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "this is a web page, no sitemap; give the address of its site, or of its sitemap"
    if re.search(rb"<(?:rss|feed|rdf:rdf)[\s>]", head):
        return 'this is a feed, no sitemap; `plugin = "feed"` reads it'
    return "this is no sitemap"


def _item(said: Mapping[str, str], url: str) -> Item:
    words = f"{said.get('news/keywords', '')},{said.get('news/genres', '')}".split(",")
    film = said.get("video/content_loc")
    return Item(
        url=url,
        title=said.get("news/title") or said.get("video/title"),
        summary=said.get("video/description"),
        published=said.get("news/publication_date") or said.get("video/publication_date"),
        updated=said.get("lastmod"),
        language=said.get("news/publication/language"),
        tags=[word.strip() for word in words if word.strip()] or None,
        image=said.get("image/loc") or said.get("video/thumbnail_loc"),
        enclosures=[{"url": film, "duration": said.get("video/duration")}] if film else None,
    )


def _wanted(items: Iterator[Item] | list[Item], include: re.Pattern[str] | None, oldest: datetime | None) -> list[Item]:
    """Those that are asked for, no more of them than are looked at. What has no date may be new."""
    fit = (item for item in items if include is None or include.search(item.url or ""))
    return newest(item for item in fit if oldest is None or (stated(item) or oldest) >= oldest)
