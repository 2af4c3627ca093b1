"""An edition as a feedgen feed, ready to be written as RSS or Atom.

Known of feedgen 1.0.0 and met here: entries are put in front unless told otherwise; dates default to the wall clock;
the channel's link is the last one set; RSS shows a self link but no other; the links of an Atom entry lose all but
their address (a loop variable is shadowed); of several enclosures RSS gets the last; an empty title raises, and so do
control characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import Edition, Story

from ._feed import attachments, feed_id, feed_language, feed_title, story_html, tags
from ._story import headline, web_address

ATOM = "http://www.w3.org/2005/Atom"


class HubExtension(BaseExtension):  # type: ignore[misc]
    """The channel's WebSub hub (W3C WebSub, section 4), which feedgen writes in Atom only."""

    address: str | None = None

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Add the link to the channel. Called by feedgen."""
        if self.address:
            etree.SubElement(rss[0], f"{{{ATOM}}}link", rel="hub", href=self.address)
        return rss


class LinksExtension(BaseEntryExtension):  # type: ignore[misc]
    """The links of an Atom entry beside the alternate one, with all their attributes."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add the links to the entry. Called by feedgen."""
        for attributes in self.links:
            etree.SubElement(entry, "link", attributes)
        return entry


def make_feed(edition: Edition, kind: str, hub: str | None) -> FeedGenerator:
    """The feed with its own address and hub, but without entries. `kind`: its MIME type."""
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.load_extension("media")
    feed.register_extension("more", HubExtension, LinksExtension)
    feed.more.address = hub
    feed.title(feed_title(edition))
    feed.subtitle(edition.tagline.strip() or feed_title(edition))
    feed.id(feed_id(edition))
    feed.updated(edition.date)
    feed.language(feed_language(edition.stories))
    feed.generator("aggregate")
    itself = web_address(edition.itself.url)
    if itself:
        feed.link(href=itself, rel="self", type=kind)
    if hub:
        feed.link(href=hub, rel="hub")
    return feed


def add_entry(feed: FeedGenerator, story: Story) -> FeedEntry:
    """Add a story, after those that are in, with all that RSS and Atom say in the same way."""
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
    """Its enclosures as feedgen's links."""
    for one in attachments(story.representative):
        length = {"length": str(one.length)} if one.length and one.length > 0 else {}
        yield {"rel": "enclosure", "href": one.url, "type": one.type or "", **length}
