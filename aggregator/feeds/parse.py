"""Parse a feed: as JSON, or as XML with lxml, or with feedparser if that loses entries."""

from __future__ import annotations

import json
import re
import zlib

import msgspec

from aggregator.errors import SourceError
from aggregator.feeds import jsonfeed, repair
from aggregator.model import Channel, Item
from aggregator.text.charsets import decode_body, xml_to_utf8

MAX_ENTRIES = 100_000
"""Entries of a feed that are read."""
MAX_INFLATED = 50 * 1024 * 1024
"""Bytes of a compressed document that are decompressed."""

_JSON = re.compile(rb"[\s\0\xef\xbb\xbf\xfe\xff]*+[{\[]")
"""The beginning of JSON, perhaps after a byte order mark, and in UTF-16."""
_COMMENT = re.compile(rb"\s*+<!--")
_PAGE = re.compile(rb"\s*+<(?:!doctype\s++html|html|head|body|title|script|meta|p)\b", re.IGNORECASE)


class Parsed(msgspec.Struct, frozen=True):
    """A parsed feed. `flaw`: what is wrong with it though it could be parsed, as a message."""

    channel: Channel
    items: list[Item]
    flaw: str | None = None


def parse(body: bytes, url: str, content_type: str = "") -> Parsed:
    """Parse a feed.

    `url`: where it came from; `content_type`: the header of that name. Raises SourceError if it is not a feed. Fetches
    and opens nothing, whatever the document refers to.
    """
    body = _inflate(body)
    if not body.strip():
        raise SourceError("the response is empty, not a feed")
    if _JSON.match(body):
        return _parse_json(decode_body(body, content_type), url)
    text = repair.prepare(xml_to_utf8(body, content_type))
    has_end = repair.has_end(text, repair.TAIL)
    feed = _parse_xml(text if has_end else repair.close(text), url)
    if feed is None:
        raise SourceError(_describe(text))
    is_complete = has_end or repair.has_end(text, len(text)) or repair.is_well_formed(text)
    return _limited(*feed, None if is_complete else "the feed is truncated: its end tag is missing")


def _limited(channel: Channel, items: list[Item], flaw: str | None = None) -> Parsed:
    """Return a feed with at most `MAX_ENTRIES` entries, to bound the memory."""
    if len(items) > MAX_ENTRIES:
        return Parsed(channel, items[:MAX_ENTRIES], f"has more than {MAX_ENTRIES:,} entries; the others are ignored")
    return Parsed(channel, items, flaw)


def _inflate(body: bytes) -> bytes:
    """Decompress gzip that the server did not declare as Content-Encoding."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_INFLATED)
    except zlib.error as error:
        raise SourceError(f"broken gzip, not a feed ({error})") from error


def _parse_json(body: str, url: str) -> Parsed:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"neither a feed nor JSON ({error})") from error
    if not jsonfeed.is_feed(document):
        raise SourceError("this is JSON, but not a JSON Feed (https://www.jsonfeed.org)")
    return _limited(*jsonfeed.read(document, url))


def _parse_xml(text: bytes, url: str) -> tuple[Channel, list[Item]] | None:
    """Read a document with lxml: as it is, and if it is damaged, with its tags balanced.

    A document in which that finds nothing is left to feedparser, which knows more formats.
    """
    from aggregator.feeds import xml_parser

    feed = xml_parser.read(text, url, MAX_ENTRIES + 1)
    if feed and not feed.damaged and len(feed.items) >= min(repair.count_entries(text, len(feed.items)), MAX_ENTRIES):
        return feed.channel, feed.items
    from aggregator.feeds import tolerant_parser
    from aggregator.feeds.balance import balance

    balanced = xml_parser.read(balance(text), url, MAX_ENTRIES + 1)
    if balanced and balanced.items and len(balanced.items) >= len(feed.items if feed else ()):
        feed = balanced
    if feed and feed.items:
        return feed.channel, feed.items
    tolerant = tolerant_parser.read(text, url) if repair.resembles_feed(text) else None
    return tolerant or (feed and (feed.channel, feed.items))


def _describe(text: bytes) -> str:
    """Return what a document is that is not a feed."""
    head = _without_comments(text[:5000])
    if _PAGE.match(head) or b"<html" in head.lower():
        return "this is a web page, not a feed; `aggregate add` with its address finds its feed"
    if head.lstrip().startswith(b"<"):
        return "this is XML, but not a known feed format (RSS, Atom)"
    return "this is not a feed (RSS, Atom, JSON Feed)"


def _without_comments(head: bytes) -> bytes:
    """Remove the comments at the beginning of a document."""
    start = 0
    while comment := _COMMENT.match(head, start):
        end = head.find(b"-->", comment.end())
        if end < 0:
            return b""
        start = end + len(b"-->")
    return head[start:]
