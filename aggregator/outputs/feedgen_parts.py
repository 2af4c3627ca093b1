"""What RSS and Atom have in common, for the library feedgen.

Works around these properties of feedgen 1.0.0: new entries are prepended by default; dates default to the current time;
the link of the channel is the last one set; RSS contains no links but the self link; the links of an Atom entry lose
all attributes but the address (a loop variable is shadowed); its `source` has no id and date, and no `xml:lang`;
an empty title and control characters raise exceptions.
"""

from __future__ import annotations

from html import escape
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.model import Enclosure
from aggregator.outputs.feed_document import FeedDocument
from aggregator.outputs.feed_item import FeedItem
from aggregator.outputs.feed_style import XHTML

ATOM = "http://www.w3.org/2005/Atom"
DCTERMS = "http://purl.org/dc/terms/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class ChannelExtension(BaseExtension):  # type: ignore[misc]
    """Adds to a feed what feedgen does not write: links of RSS, and what a browser
    shows."""

    document: FeedDocument

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes of namespaces; called by feedgen."""
        return {"dcterms": DCTERMS} | ({"h": XHTML} if self.document.style else {})

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Complete the channel; called by feedgen."""
        channel = rss[0]
        for relation, url in (("hub", self.document.hub), *self.document.links):
            if url:
                etree.SubElement(channel, f"{{{ATOM}}}link", rel=relation, href=url)
        if self.document.updated is None and (built := channel.find("lastBuildDate")) is not None:
            channel.remove(built)
        _add_notice(channel, self.document)
        return rss

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Complete the feed; called by feedgen."""
        _add_notice(feed, self.document)
        return feed


class ItemExtension(BaseEntryExtension):  # type: ignore[misc]
    """Adds to an item what feedgen does not write: links, source and language of Atom, and a link for browsers."""

    item: FeedItem
    document: FeedDocument
    links: tuple[dict[str, str], ...] = ()
    source: dict[str, str] | None = None

    def extend_rss(self, element: etree._Element) -> etree._Element:
        """Complete the item; called by feedgen."""
        if self.item.updated > self.item.published:
            etree.SubElement(element, f"{{{DCTERMS}}}modified").text = self.item.updated.isoformat()
        _add_link(element, self.item, self.document)
        return element

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Complete the entry; called by feedgen."""
        if self.item.language and not self.document.language:
            entry.set(XML_LANG, self.item.language)
        for attributes in self.links:
            etree.SubElement(entry, "link", attributes)
        if self.source:
            _add_source(entry, self.source)
        _add_link(entry, self.item, self.document)
        return entry


def _add_notice(parent: etree._Element, document: FeedDocument) -> None:
    """Add the paragraph that tells people in a browser what a feed is."""
    if not document.style:
        return
    paragraph = etree.SubElement(parent, f"{{{XHTML}}}p")
    paragraph.text = document.notice
    if document.home:
        paragraph.text += " "
        etree.SubElement(paragraph, f"{{{XHTML}}}a", href=document.home).text = document.title


def _add_link(parent: etree._Element, item: FeedItem, document: FeedDocument) -> None:
    """Add the link to the article that people in a browser can follow."""
    if document.style and item.url:
        link = etree.SubElement(parent, f"{{{XHTML}}}a", href=item.url)
        link.text = document.read_at.replace("%s", item.outlet)


def _add_source(entry: etree._Element, values: dict[str, str]) -> None:
    """Add the feed that an entry is from (RFC 4287, 4.2.11)."""
    source = etree.SubElement(entry, "source")
    for tag in ("id", "title", "updated"):
        if values.get(tag):
            etree.SubElement(source, tag).text = values[tag]
    if values.get("link"):
        etree.SubElement(source, "link", href=values["link"])


def make_feed(document: FeedDocument, mime_type: str) -> FeedGenerator:
    """Create the feed without entries. `mime_type`: of the feed itself."""
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.load_extension("media")
    feed.register_extension("more", ChannelExtension, ItemExtension)
    feed.more.document = document
    feed.title(document.title)
    feed.subtitle(document.subtitle)
    feed.id(document.id)
    feed.updated(document.updated or document.made)
    feed.language(document.language)
    feed.generator("aggregate")
    if document.url:
        feed.link(href=document.url, rel="self", type=mime_type)
    if document.hub:
        feed.link(href=document.hub, rel="hub")
    return feed


def add_entry(feed: FeedGenerator, item: FeedItem, document: FeedDocument) -> Any:
    """Append an item with the fields that RSS and Atom have in common."""
    entry = feed.add_entry(order="append")
    entry.more.item = item
    entry.more.document = document
    entry.id(item.id)
    entry.title(item.title)
    entry.published(item.published)
    entry.updated(item.updated)
    entry.content(item.html, type="html")
    entry.category([{"term": tag} for tag in item.tags])
    if item.url:
        entry.link(href=item.url, rel="alternate")
    if item.image:
        entry.media.content(url=item.image, medium="image", group=None)
        entry.media.thumbnail(url=item.image, group=None)
    return entry


def enclosure_link(enclosure: Enclosure) -> dict[str, str]:
    """Return an enclosure as a link for feedgen, with its length if that is known."""
    length = {"length": str(enclosure.length)} if enclosure.length and enclosure.length > 0 else {}
    return {"rel": "enclosure", "href": enclosure.url, "type": enclosure.type or "", **length}


def serialise(xml: bytes, document: FeedDocument) -> bytes:
    """Return a document with its declaration and, if it has one, the reference to its style sheet."""
    style = f'<?xml-stylesheet type="text/css" href="{escape(document.style)}"?>\n' if document.style else ""
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{style}".encode() + xml
