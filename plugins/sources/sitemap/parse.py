"""Parses sitemaps (https://www.sitemaps.org/protocol.html), with Google's extensions for news, images and videos."""

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
from aggregator.text.surrogates import join_surrogates
from aggregator.text.urls import absolute

from .select import Child, date_of, newest

MAX_SIZE = 50 * 1024 * 1024
"""Bytes of an uncompressed sitemap, the maximum of the protocol."""
MAX_ENTRIES = 50_000
"""Entries of a sitemap, the maximum of the protocol; the rest is ignored."""


class Sitemap(msgspec.Struct, frozen=True):
    """A parsed sitemap. `name`: the publication of its news; `children`: the sitemaps that an index lists."""

    name: str | None = None
    items: list[Item] = []
    children: list[Child] = []


def parse_sitemap(
    body: bytes, url: str, include: re.Pattern[str] | None = None, oldest: datetime | None = None
) -> Sitemap:
    """Parse a sitemap. `include`: pattern of the addresses to keep; `oldest`: date of the oldest entry to keep.

    Raises SourceError, in one line, for any other document. Fetches nothing and expands no entities.
    """
    text = _decompressed(body).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise SourceError(f"{url}: the response is empty, not a sitemap")
    if text[:4] == b"http":
        lines = text.decode(errors="replace").split()
        return Sitemap(
            items=_selected((Item(url=address) for line in lines if (address := absolute(line))), include, oldest)
        )
    if b"<!ENTITY" in text:
        raise SourceError(f"{url}: declares entities, which sitemaps do not have: not read")
    children: list[Child] = []
    items: list[Item] = []
    name = None
    for kind, values in _entries(text, url):
        address = absolute(values.get("loc", ""), url)
        if address and kind == "sitemap":
            modified = parse_date(values.get("lastmod"))
            if not (oldest and modified and modified < oldest):
                children.append(Child(address, modified))
        elif address:
            items.append(_item(values, address))
            name = name or values.get("news/publication/name")
    return Sitemap(name, _selected(items, include, oldest), children)


def _decompressed(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = decompressor.decompress(body, MAX_SIZE)
    except zlib.error as error:
        raise SourceError(f"invalid gzip data, not a sitemap ({error})") from error
    if decompressor.unconsumed_tail:
        raise SourceError(f"has more than {MAX_SIZE // 2**20} MiB uncompressed: not read")
    return text


def _entries(text: bytes, url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield kind ("url" or "sitemap") and values ("loc", "news/title", "news/publication/name", ...) of each entry."""
    from lxml import etree

    parser = etree.iterparse(
        io.BytesIO(join_surrogates(text)),
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
        for count, (_, element) in enumerate(parser, 1):
            if count > MAX_ENTRIES:
                return
            values: dict[str, str] = {}
            _collect_values(element, "", values)
            yield _name(element), values
            element.clear()
    except etree.LxmlError as error:
        if not count:
            raise SourceError(f"{url}: {_explain(text)}") from error
    if parser.root is None or _name(parser.root) not in ("urlset", "sitemapindex"):
        raise SourceError(f"{url}: {_explain(text)}")


def _collect_values(element: Any, path: str, values: dict[str, str]) -> None:
    """Add the texts in an element by their path of names; the first of several wins."""
    for child in element:
        name = path + _name(child)
        if text := (child.text or "").strip():
            values.setdefault(name, text)
        if len(child):
            _collect_values(child, f"{name}/", values)


def _name(element: Any) -> str:
    """Return the name of an element without its namespace; "" for an entity, which is not expanded."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _explain(text: bytes) -> str:
    """Explain what a document is instead of a sitemap."""
    head = text[:3000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "this is a web page, not a sitemap; set the address of its site, or of its sitemap"
    if re.search(rb"<(?:rss|feed|rdf:rdf)[\s>]", head):
        return 'this is a feed, not a sitemap; `plugin = "feed"` reads it'
    return "this is not a sitemap"


def _item(values: Mapping[str, str], url: str) -> Item:
    words = f"{values.get('news/keywords', '')},{values.get('news/genres', '')}".split(",")
    video = values.get("video/content_loc")
    return Item(
        url=url,
        title=values.get("news/title") or values.get("video/title"),
        summary=values.get("video/description"),
        published=values.get("news/publication_date") or values.get("video/publication_date"),
        updated=values.get("lastmod"),
        language=values.get("news/publication/language"),
        tags=[word.strip() for word in words if word.strip()] or None,
        image=values.get("image/loc") or values.get("video/thumbnail_loc"),
        enclosures=[{"url": video, "duration": values.get("video/duration")}] if video else None,
    )


def _selected(
    items: Iterator[Item] | list[Item], include: re.Pattern[str] | None, oldest: datetime | None
) -> list[Item]:
    """Return the items that match, up to the maximum; items without a date may be new, and are kept."""
    included = (item for item in items if include is None or include.search(item.url or ""))
    return newest(item for item in included if oldest is None or (date_of(item) or oldest) >= oldest)
