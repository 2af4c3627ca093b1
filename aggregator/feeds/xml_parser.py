"""Read RSS and Atom with lxml, which builds a tree also of most documents that are not well-formed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from lxml import etree

from aggregator.feeds.channel import channel_of
from aggregator.feeds.element_names import element_name
from aggregator.feeds.entry import AUTHORS, DATES, MEDIA_TYPES, TEXTS, Entry, Link
from aggregator.feeds.text_types import XML_BASE, atom_body, atom_title, join, markup_of, rss_body, rss_text, text_of
from aggregator.model import Channel, Item, Outlet

_ROOTS = frozenset({"rss", "rdf:rdf", "atom:feed", "feed", "rdf"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


_Reader = Callable[[Entry, Any, str], None]
"""Reads an element into an entry; also gets the name of the element."""


class XmlFeed(NamedTuple):
    """A feed that lxml read. `damaged`: whether it is not well-formed, so that text may be missing or elements may lie
    within wrong ones; undeclared prefixes do no harm."""

    channel: Channel
    items: list[Item]
    damaged: bool


def read(text: bytes, url: str, limit: int = sys.maxsize) -> XmlFeed | None:
    """Read a document; returns None if it is not a feed (UTF-8, without a DTD). `limit`: entries that are read.

    Not by `iterparse`, which takes quadratic time for deeply nested elements. The memory of an entry is freed after it
    is read: a feed may have a hundred thousand.
    """
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError:  # an empty document
        return None
    name = element_name(str(root.tag)) if root is not None else ""
    items = _items(root, url, limit) if name not in ("", "channel") else []  # a channel alone is of another format
    if root is None or not (items or name in _ROOTS):
        return None
    damaged = any(error.domain == etree.ErrorDomains.PARSER for error in parser.error_log)
    return XmlFeed(channel_of(root, url), items, damaged)


def _items(root: Any, url: str, limit: int) -> list[Item]:
    """Read the entries of a document, and remove their content from it."""
    items: list[Item] = []
    parent, is_nested, base, last = None, False, None, None
    for element in root.iter("{*}item", "{*}entry", "{*}Item", "{*}ITEM", "{*}rss:item"):
        if element_name(element.tag) not in ("item", "entry", "atom:entry"):
            continue
        if parent is None or element.getparent() is not parent:
            parent = element.getparent()
            is_nested, base = _lies_in_entry(element), _base_of(parent, url)
        if not is_nested:
            if last is not None:
                last.clear(keep_tail=False)  # the iterator has left it
            items.append(read_entry(element, base, url).to_item(url))
            last = element
            if len(items) >= limit:
                break
    return items


def _lies_in_entry(element: Any) -> bool:
    """Whether an element lies in an entry, and so is not one itself."""
    return any(around.tag.endswith(("item", "entry")) for around in element.iterancestors())


def read_entry(element: Any, base: str | None, url: str) -> Entry:
    """Read an `item` of RSS or an `entry` of Atom. `base`: of the elements around it; `url`: that of the document."""
    attributes = dict(element.items())
    if own := attributes.get(XML_BASE):
        base = join(base or url, own)
    entry = Entry(language=attributes.get(_LANGUAGE), about=attributes.get(_ABOUT), base=base)
    is_atom = element.tag.endswith("entry")
    for child in element:
        if found := _reader_of(child.tag, is_atom):
            read, name = found
            read(entry, child, name)
    return entry


@lru_cache(maxsize=2048)
def _reader_of(tag: object, is_atom: bool) -> tuple[_Reader, str] | None:
    """Return the function that reads a child of an entry, and the name of the child."""
    name = element_name(tag) if isinstance(tag, str) else ""
    if is_atom and name and ":" not in name:
        name = f"atom:{name}"
    read = _ELEMENTS.get(name)
    return (read, name) if read else None


def _base_of(element: Any, url: str) -> str | None:
    """Resolve the nested xml:base attributes (XML Base, RFC 3986 5.1.1): each is relative to the one around it. None
    without such attributes."""
    if element is None:
        return None
    nested = [around.get(XML_BASE) for around in (element, *element.iterancestors()) if around.get(XML_BASE)]
    if not nested:
        return None
    base = url
    for reference in reversed(nested):
        base = join(base, reference)
    return base


def _own_base(entry: Entry, element: Any) -> str | None:
    if XML_BASE not in element.keys():  # noqa: SIM118 - lxml searches for a name with a namespace slowly
        return entry.base
    own = element.get(XML_BASE)
    return join(entry.base, own) if own else entry.base


def _body(entry: Entry, element: Any, name: str) -> None:
    if not entry.texts.get(name):
        entry.texts[name] = rss_body(element, _own_base(entry, element))


def _title(entry: Entry, element: Any, name: str) -> None:
    if not entry.texts.get(name):
        entry.texts[name] = rss_text(text_of(element))


def _atom_title(entry: Entry, element: Any, name: str) -> None:
    if not entry.texts.get(name):
        entry.texts[name] = atom_title(element)


def _atom_body(entry: Entry, element: Any, name: str) -> None:
    if not entry.texts.get(name):
        entry.texts[name] = atom_body(element, _own_base(entry, element))
    if source := element.get("src"):  # content elsewhere (RFC 4287 4.1.3.2)
        entry.links.append(Link(join(_own_base(entry, element), source), "content", element.get("type")))


def _xhtml_body(entry: Entry, element: Any, name: str) -> None:
    if not entry.texts.get(name):
        entry.texts[name] = markup_of(element, _own_base(entry, element)).strip()


def _date(entry: Entry, element: Any, name: str) -> None:
    if not entry.dates.get(name):
        entry.dates[name] = (element.text or "").strip()


def _guid(entry: Entry, element: Any, name: str) -> None:
    if not entry.guid:
        entry.guid = (element.text or "").strip() or None
        permalink = element.get("isPermaLink")
        entry.permalink = permalink is None or permalink.strip().lower() != "false"


def _link(entry: Entry, element: Any, name: str) -> None:
    """Read a link of Atom, or one of RSS, which may be written like one of Atom."""
    attributes = dict(element.items())
    stated = attributes.get("href")
    address = (stated or element.text or "").strip()
    if address:
        relation = (attributes.get("rel") or "alternate").strip().lower()
        relation = relation.removeprefix("http://www.iana.org/assignments/relation/")
        url = join(_own_base(entry, element), address)
        link = Link(url, relation, attributes.get("type"), attributes.get("length"))
        if name == "link" and not stated:
            entry.links.insert(0, link)  # that of RSS itself counts before those of Atom
        else:
            entry.links.append(link)


def _author(entry: Entry, element: Any, name: str) -> None:
    author = (element.text or "").strip()
    if len(element):
        parts = {element_name(child.tag).rpartition(":")[2]: (child.text or "").strip() for child in element}
        author = parts.get("name") or parts.get("email") or author
    if author:
        entry.authors.setdefault(name, []).append(rss_text(author))


def _category(entry: Entry, element: Any, name: str) -> None:
    attributes = dict(element.items())
    stated = attributes.get("label") or attributes.get("term") or attributes.get("text") or element.text
    if stated and (tag := stated.strip()):
        entry.tags.append(rss_text(tag))


def _enclosure(entry: Entry, element: Any, name: str) -> None:
    if address := element.get("url") or element.get("href"):
        entry.media.append({"url": address, "type": element.get("type"), "length": element.get("length")})


def _media_content(entry: Entry, element: Any, name: str) -> None:
    if element.get("url"):
        fields = {key: element.get(key) for key in ("url", "duration", "width", "height") if element.get(key)}
        kind = element.get("type") or MEDIA_TYPES.get(element.get("medium") or "")
        entry.media.append({**fields, "type": kind, "length": element.get("fileSize")})
    _media_group(entry, element, name)


def _media_group(entry: Entry, element: Any, name: str) -> None:
    """Read the elements within a `media:group` or `media:content` (https://www.rssboard.org/media-rss)."""
    for child in element:
        inner = element_name(child.tag) if isinstance(child.tag, str) else ""
        if inner in ("media:content", "media:thumbnail", "media:group"):
            _ELEMENTS[inner](entry, child, inner)
        elif inner == "media:description" and name == "media:group":
            _body(entry, child, inner)


def _thumbnail(entry: Entry, element: Any, name: str) -> None:
    address = element.get("url") or element.get("href") or element.findtext("{*}url") or element.text or ""
    if address.strip():
        sizes = {key: element.get(key) for key in ("width", "height") if element.get(key)}
        entry.pictures.append({"url": address.strip(), **sizes})


def _duration(entry: Entry, element: Any, name: str) -> None:
    entry.duration = entry.duration or element.text


def _language(entry: Entry, element: Any, name: str) -> None:
    entry.language = entry.language or element.text


def _source(entry: Entry, element: Any, name: str) -> None:
    """Read the outlet of RSS 2.0 `<source url="…">Name</source>`, or of the feed metadata in an Atom source."""
    title, url = element.text, element.get("url")
    if len(element):
        parts = {element_name(child.tag).rpartition(":")[2]: child for child in reversed(element)}
        title = parts["title"].text if "title" in parts else None
        links = [link for link in element.findall("{*}link") if link.get("rel", "alternate") == "alternate"]
        url = links[0].get("href") if links else None
    if title and title.strip():
        entry.source = entry.source or Outlet(title.strip(), url)


_ELEMENTS: dict[str, _Reader] = {
    **dict.fromkeys(TEXTS, _body),
    **dict.fromkeys(("title", "dc:title", "media:title", "itunes:title"), _title),
    "atom:title": _atom_title,
    **dict.fromkeys(("atom:summary", "atom:content"), _atom_body),
    "xhtml:body": _xhtml_body,
    **dict.fromkeys(DATES, _date),
    **dict.fromkeys(AUTHORS, _author),
    **dict.fromkeys(("guid", "atom:id"), _guid),
    **dict.fromkeys(("link", "atom:link"), _link),
    **dict.fromkeys(("category", "atom:category", "dc:subject", "subject"), _category),
    **dict.fromkeys(("enclosure", "atom:enclosure"), _enclosure),
    "media:content": _media_content,
    "media:group": _media_group,
    **dict.fromkeys(("media:thumbnail", "itunes:image", "image"), _thumbnail),
    "itunes:duration": _duration,
    **dict.fromkeys(("dc:language", "language"), _language),
    **dict.fromkeys(("source", "atom:source"), _source),
}
"""How each element of an entry is read, by its name."""
