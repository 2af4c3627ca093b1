"""Checks feeds against the structural rules of the specifications and of the W3C feed validator.

RSS 2.0 (rssboard.org/rss-specification) with the RSS Advisory Board's profile, Atom 1.0 (RFC 4287).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ADDRESS = re.compile(r"(https?://[^/\s]|urn:[a-z0-9][a-z0-9-]+:)\S*$")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")
MIME = re.compile(r"[^\s/]+/[^\s/]+$")


def parse(body: bytes) -> etree._Element:
    """Parse a document strictly, without recovery and entities."""
    return etree.fromstring(body, etree.XMLParser(recover=False, resolve_entities=False, huge_tree=True))


def tags_of(element: etree._Element) -> Counter[str]:
    return Counter(str(child.tag) for child in element)


def text_of(element: etree._Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def at_most_one(element: etree._Element, tags: Iterable[str]) -> None:
    repeated = [tag for tag in tags if tags_of(element)[tag] > 1]
    assert not repeated


def check_rss(body: bytes) -> etree._Element:
    """Return the channel of a valid RSS feed. Raises AssertionError for a broken rule."""
    root = parse(body)
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("rss", "2.0", ["channel"])
    channel = root[0]
    assert all(text_of(channel, tag) for tag in ("title", "link", "description"))
    at_most_one(channel, ("title", "link", "description", "language", "lastBuildDate", "pubDate", "generator", "ttl"))
    assert ADDRESS.match(text_of(channel, "link"))
    check_rfc822(channel, "lastBuildDate")
    check_channel_links(channel)
    items = channel.findall("item")
    for item in items:
        check_item(item)
    guids = [text_of(item, "guid") for item in items]
    assert len(set(guids)) == len(guids)
    return channel


def check_channel_links(channel: etree._Element) -> None:
    links = channel.findall(f"{ATOM}link")
    assert all(ADDRESS.match(link.get("href", "")) for link in links)
    assert [link.get("rel") for link in links].count("self") <= 1


def check_rfc822(element: etree._Element, tag: str) -> None:
    date = text_of(element, tag)
    assert RFC822.match(date), f"{tag}: {date}"
    assert parsedate_to_datetime(date).strftime("%a") == date[:3]


def check_item(item: etree._Element) -> None:
    at_most_one(item, ("title", "link", "description", "guid", "pubDate", "enclosure", "source", "comments", CONTENT))
    assert text_of(item, "title")
    assert not text_of(item, "link") or ADDRESS.match(text_of(item, "link"))
    assert CONTENT not in tags_of(item) or text_of(item, "description"), "content:encoded without a description"
    guid = item.find("guid")
    assert guid is not None and guid.get("isPermaLink") == "false" and text_of(item, "guid")
    check_rfc822(item, "pubDate")
    for enclosure in item.findall("enclosure"):
        assert ADDRESS.match(enclosure.get("url", ""))
        assert enclosure.get("length", "").isdecimal()
        assert MIME.match(enclosure.get("type", ""))
    assert all(ADDRESS.match(source.get("url", "")) for source in item.findall("source"))
    assert all((category.text or "").strip() for category in item.findall("category"))


def check_atom(body: bytes) -> etree._Element:
    """Return the root of a valid Atom feed. Raises AssertionError for a broken rule."""
    feed = parse(body)
    assert feed.tag == f"{ATOM}feed"
    check_common(feed, ("generator", "icon", "logo", "rights", "subtitle"))
    entries = feed.findall(f"{ATOM}entry")
    assert feed.find(f"{ATOM}author") is not None or all(e.find(f"{ATOM}author") is not None for e in entries)
    for entry in entries:
        check_entry(entry)
    ids = [text_of(entry, f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    return feed


def check_common(element: etree._Element, single: tuple[str, ...]) -> None:
    """Check the rules for both feeds and entries (sections 4.1.1 and 4.1.2)."""
    counts = tags_of(element)
    assert all(counts[f"{ATOM}{tag}"] == 1 for tag in ("id", "title", "updated"))
    assert text_of(element, f"{ATOM}title")
    at_most_one(element, [f"{ATOM}{tag}" for tag in single])
    assert ADDRESS.match(text_of(element, f"{ATOM}id"))
    assert RFC3339.match(text_of(element, f"{ATOM}updated"))
    for person in (*element.findall(f"{ATOM}author"), *element.findall(f"{ATOM}contributor")):
        assert text_of(person, f"{ATOM}name")
    assert all(category.get("term") for category in element.findall(f"{ATOM}category"))
    check_links(element)


def check_links(element: etree._Element) -> None:
    links = element.findall(f"{ATOM}link")
    assert all(ADDRESS.match(link.get("href", "")) for link in links)
    assert all(MIME.match(link.get("type", "a/b")) for link in links)
    assert all(link.get("length", "0").isdecimal() for link in links)
    alternates = [(e.get("type"), e.get("hreflang")) for e in links if e.get("rel", "alternate") == "alternate"]
    assert len(set(alternates)) == len(alternates), "two alternate links of one type and language"


def check_entry(entry: etree._Element) -> None:
    check_common(entry, ("content", "published", "rights", "source", "summary"))
    published = entry.findtext(f"{ATOM}published")
    assert published is None or RFC3339.match(published)
    content = entry.find(f"{ATOM}content")
    assert content is not None or entry.find(f"{ATOM}link") is not None
    assert content is None or (content.get("type") == "html" and not len(content))
