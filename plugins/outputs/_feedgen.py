"""Converts an edition to a feedgen feed, for RSS and Atom.

Works around these properties of feedgen 1.0.0: new entries are prepended by default; dates default to the current time;
the link of the channel is the last one set; RSS contains no links but the self link; the links of an Atom entry lose
all attributes but the address (a loop variable is shadowed); RSS contains the last of several enclosures; an empty
title and control characters raise exceptions.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import Edition, Story
from aggregator.outputs.text import headline, web_address

from ._feed import attachments, feed_id, feed_language, feed_title, story_html, tags

ATOM = "http://www.w3.org/2005/Atom"


class HubExtension(BaseExtension):  # type: ignore[misc]
    """Adds the WebSub hub (W3C WebSub, section 4) to RSS; feedgen writes it only in Atom."""

    address: str | None = None

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Add the link to the channel; called by feedgen."""
        if self.address:
            etree.SubElement(rss[0], f"{{{ATOM}}}link", rel="hub", href=self.address)
        return rss


class LinksExtension(BaseEntryExtension):  # type: ignore[misc]
    """Adds the links of an Atom entry other than the alternate one, with all attributes."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add the links to the entry; called by feedgen."""
        for attributes in self.links:
            etree.SubElement(entry, "link", attributes)
        return entry


def make_feed(edition: Edition, mime_type: str, hub: str | None) -> FeedGenerator:
    """Create the feed, with its address and hub, without entries. `mime_type`: of the feed itself."""
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.load_extension("media")
    feed.register_extension("more", HubExtension, LinksExtension)
    feed.more.address = hub
    feed.title(feed_title(edition))
    feed.subtitle(edition.tagline.strip() or feed_title(edition))
    feed.id(feed_id(edition))
    feed.updated(edition.updated or edition.date)
    feed.language(feed_language(edition.stories))
    feed.generator("aggregate")
    itself = web_address(edition.itself.url)
    if itself:
        feed.link(href=itself, rel="self", type=mime_type)
    if hub:
        feed.link(href=hub, rel="hub")
    return feed


def add_entry(feed: FeedGenerator, story: Story) -> FeedEntry:
    """Append a story with the fields that RSS and Atom have in common."""
    entry = feed.add_entry(order="append")
    article = story.representative
    entry.id(story.id)
    entry.title(headline(article))
    entry.published(story.published)
    entry.updated(story.updated)
    entry.content(story_html(story), type="html")
    entry.category([{"term": tag} for tag in tags(story)])
    address, image = web_address(article.url), web_address(article.image)
    if address:
        entry.link(href=address, rel="alternate")
    if image:
        entry.media.thumbnail(url=image, group=None)
    if article.language:
        entry.dc.dc_language(article.language)
    return entry


def enclosures(story: Story) -> Iterator[dict[str, str]]:
    """Yield the enclosures of a story as links for feedgen."""
    for enclosure in attachments(story.representative):
        length = {"length": str(enclosure.length)} if enclosure.length and enclosure.length > 0 else {}
        yield {"rel": "enclosure", "href": enclosure.url, "type": enclosure.type or "", **length}
