"""Read elements that fastfeedparser ignores: source, xml:base, iTunes, Media RSS groups, authors after the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from aggregator.feeds.misreadings import TagCounts
from aggregator.model import Item, Outlet

_TAGS = frozenset({b"source", b"itunes:duration", b"itunes:image", b"media:thumbnail", b"media:group"})
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class Extensions(msgspec.Struct):
    """Values of one item that fastfeedparser does not return. `base`: xml:base in effect, or None."""

    base: str | None = None
    source: Outlet | None = None
    duration: str | None = None
    image: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()

    def add_to(self, item: Item) -> None:
        """Complete the item; a picture, a summary or a duration that it has already stays."""
        if self.base:
            item.base = self.base
        if self.source:
            item.source = self.source
        item.image = item.image or self.image
        item.summary = item.summary or (None if item.content else self.summary)
        item.authors = self.authors if len(self.authors) > 1 else item.authors
        if self.duration and item.enclosures:
            first = dict(item.enclosures[0])  # type: ignore[arg-type]  # the fast path's are mappings
            item.enclosures = [{**first, "duration": first.get("duration") or self.duration}, *item.enclosures[1:]]


def may_have_extensions(text: bytes, tags: TagCounts, count: int) -> bool:
    """Whether a document with `count` items may contain such elements."""
    if tags[b"dc:creator"] > count or not _TAGS.isdisjoint(tags) or b"xml:base" in text:
        return True
    return tags[b"author"] > count and text.count(b"<author>", text.find(b"<entry")) > count


def read_extensions(text: bytes, count: int) -> list[Extensions] | None:
    """Return the extensions of each item in document order; None unless the document has `count` items."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(text, parser)
    if root is None:
        return None
    extensions = [_read_item(element) for element in _items(root)]
    return extensions if len(extensions) == count else None


def _items(root: Any) -> Iterator[Any]:
    return (element for element in root.iter("{*}item", "{*}entry") if isinstance(element.tag, str))


def _read_item(item: Any) -> Extensions:
    extensions = Extensions(base=_base(item), authors=_authors(item))
    for child in item:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag.endswith("source") and (tag == "source" or tag.endswith("Atom}source")):
            extensions.source = _outlet(child)
        elif tag == f"{_ITUNES}duration":
            extensions.duration = child.text
        elif tag == f"{_ITUNES}image":
            extensions.image = child.get("href")
        elif tag == f"{_MEDIA}thumbnail":
            extensions.image = extensions.image or child.get("url")
        elif tag == f"{_MEDIA}group":
            thumbnail = child.find(f"{_MEDIA}thumbnail")
            extensions.image = extensions.image or (thumbnail.get("url") if thumbnail is not None else None)
            extensions.summary = child.findtext(f"{_MEDIA}description")
    return extensions


def _authors(item: Any) -> tuple[str, ...]:
    """Return all Dublin Core creators of an item, or else all Atom authors (RFC 4287 4.2.1), by name or e-mail."""
    names = [creator.text for creator in item.findall(f"{_DC}creator")] or [
        author.findtext(f"{_ATOM}name") or author.findtext(f"{_ATOM}email") for author in item.findall(f"{_ATOM}author")
    ]
    return tuple(name.strip() for name in names if name and name.strip())


def _outlet(source: Any) -> Outlet | None:
    """Return the outlet of RSS 2.0 `<source url="…">Name</source>`, or of the feed metadata in an Atom source."""
    if len(source) == 0:
        return Outlet(source.text.strip(), source.get("url")) if source.text and source.text.strip() else None
    title = source.find("{*}title")
    links = [link for link in source.findall("{*}link") if link.get("rel", "alternate") == "alternate"]
    if title is None or not (title.text or "").strip():
        return None
    return Outlet(title.text.strip(), links[0].get("href") if links else None)


def _base(element: Any) -> str | None:
    """Resolve the nested xml:base attributes (XML Base, RFC 3986 5.1.1): each is relative to the one around it."""
    from urllib.parse import urljoin

    nested = [around.get(_BASE) for around in (element, *element.iterancestors()) if around.get(_BASE)]
    base = ""
    for reference in reversed(nested):
        base = urljoin(base, reference)
    return base or None
