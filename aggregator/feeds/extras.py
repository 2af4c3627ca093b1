"""What the fast parser leaves out: the source element, xml:base, iTunes, Media RSS groups, all authors but the first,
and what a channel says of its schedule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from aggregator.feeds.doubts import Tags
from aggregator.model import Item, Outlet

_MARKS = frozenset({b"source", b"itunes:duration", b"itunes:image", b"media:thumbnail", b"media:group"})
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_HEAD = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_LANGUAGE = re.compile(r"<(?:dc:)?language>\s*([\w-]+)\s*</|<feed\b[^>]*\bxml:lang=[\"']([\w-]+)[\"']")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


class Extra(msgspec.Struct):
    """What one item has beyond what the fast parser reads. `base`: xml:base in effect, or None."""

    base: str | None = None
    source: Outlet | None = None
    duration: str | None = None
    image: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()

    def add_to(self, item: Item) -> None:
        """Complete the item; what it has already stays."""
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


def has_any(text: bytes, tags: Tags, count: int) -> bool:
    """Whether a document with so many items may hold any of it."""
    if tags[b"dc:creator"] > count or not _MARKS.isdisjoint(tags) or b"xml:base" in text:
        return True
    return tags[b"author"] > count and text.count(b"<author>", text.find(b"<entry")) > count


def read(text: bytes, count: int) -> list[Extra] | None:
    """One for each item, in document order; None where the items cannot be told apart."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(text, parser)
    if root is None:
        return None
    extras = [_extra(element) for element in _items(root)]
    return extras if len(extras) == count else None


def _items(root: Any) -> Iterator[Any]:
    return (one for one in root.iter("{*}item", "{*}entry") if isinstance(one.tag, str))


def _extra(item: Any) -> Extra:
    extra = Extra(base=_base(item), authors=_authors(item))
    for child in item:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag.endswith("source") and (tag == "source" or tag.endswith("Atom}source")):
            extra.source = _outlet(child)
        elif tag == f"{_ITUNES}duration":
            extra.duration = child.text
        elif tag == f"{_ITUNES}image":
            extra.image = child.get("href")
        elif tag == f"{_MEDIA}thumbnail":
            extra.image = extra.image or child.get("url")
        elif tag == f"{_MEDIA}group":
            thumbnail = child.find(f"{_MEDIA}thumbnail")
            extra.image = extra.image or (thumbnail.get("url") if thumbnail is not None else None)
            extra.summary = child.findtext(f"{_MEDIA}description")
    return extra


def _authors(item: Any) -> tuple[str, ...]:
    """All that an item names: Dublin Core's creators, or else Atom's authors (RFC 4287 4.2.1), by name or e-mail."""
    names = [one.text for one in item.findall(f"{_DC}creator")] or [
        one.findtext(f"{_ATOM}name") or one.findtext(f"{_ATOM}email") for one in item.findall(f"{_ATOM}author")
    ]
    return tuple(name.strip() for name in names if name and name.strip())


def _outlet(source: Any) -> Outlet | None:
    """RSS 2.0 `<source url="…">Name</source>`; Atom's holds the metadata of the feed that the entry came from."""
    if len(source) == 0:
        return Outlet(source.text.strip(), source.get("url")) if source.text and source.text.strip() else None
    title = source.find("{*}title")
    links = [one for one in source.findall("{*}link") if one.get("rel", "alternate") == "alternate"]
    if title is None or not (title.text or "").strip():
        return None
    return Outlet(title.text.strip(), links[0].get("href") if links else None)


def _base(element: Any) -> str | None:
    """RFC 3986 5.1.1 through XML Base: each base is relative to the one around it."""
    from urllib.parse import urljoin

    chain = [one.get(_BASE) for one in (element, *element.iterancestors()) if one.get(_BASE)]
    base = ""
    for one in reversed(chain):
        base = urljoin(base, one)
    return base or None


def channel(text: bytes) -> dict[str, Any]:
    """What the channel says of its language, schedule and hub: keyword arguments for `Channel`."""
    first = _HEAD.search(text)
    head = text[: first.start() if first else 20_000][:20_000].decode("utf-8", "replace")
    found: dict[str, Any] = {}
    if language := _LANGUAGE.search(head):
        found["language"] = language[1] or language[2]
    if ttl := re.search(r"<ttl>\s*(\d{1,6})\s*</ttl>", head):
        found["ttl"] = float(ttl[1]) * 60
    elif period := re.search(r"<sy:updatePeriod>\s*(\w+)\s*</sy:updatePeriod>", head):
        frequency = re.search(r"<sy:updateFrequency>\s*(\d{1,4})\s*</sy:updateFrequency>", head)
        seconds = _PERIODS.get(period[1].lower())
        found["ttl"] = seconds / max(int(frequency[1]), 1) if seconds and frequency else seconds
    if hours := re.search(r"<skipHours>(.*?)</skipHours>", head, re.DOTALL):
        found["skip_hours"] = tuple(int(h) % 24 for h in re.findall(r"<hour>\s*(\d{1,2})\s*</hour>", hours[1]))
    if days := re.search(r"<skipDays>(.*?)</skipDays>", head, re.DOTALL):
        found["skip_days"] = tuple(re.findall(r"<day>\s*([A-Z][a-z]+day)\s*</day>", days[1]))
    if hub := re.search(r"<(?:atom\d*:)?link\b[^>]*\brel=[\"']hub[\"'][^>]*>", head):
        href = re.search(r"\bhref=[\"']([^\"']+)[\"']", hub[0])
        found["hub"] = href[1] if href else None
    return found
