"""Parse a feed: check it for attacks, then read it with the fast parser, or with the tolerant one if necessary."""

from __future__ import annotations

import json
import re
import zlib
from html.entities import html5

import msgspec

from aggregator.errors import SourceError
from aggregator.feeds import jsonfeed
from aggregator.model import Channel, Item
from aggregator.text.charsets import decode_body, xml_to_utf8

MAX_NAMESPACES = 2_000
"""Namespace declarations that a feed may have: parsers take quadratic time for them, and real feeds have a dozen."""
MAX_INFLATED = 50 * 1024 * 1024
"""Bytes of a compressed document that are decompressed."""

_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|script|meta|p)\b", re.IGNORECASE | re.DOTALL
)
_JSON = re.compile(rb"[\s\0\xef\xbb\xbf\xfe\xff]*[{\[]")
"""The beginning of JSON, perhaps after a byte order mark, and in UTF-16."""
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_REFERENCE = rb"(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);"
_UNKNOWN_REFERENCE = re.compile(rb"&(?!" + _REFERENCE + rb")(?:#X([0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]{1,31});)?")
TAIL = 2000
"""Bytes at the end of a document that nearly always contain its end tag."""
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|html)\s*>", re.IGNORECASE)
_ITEM_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")


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
    text = _resolve_references(_without_doctype(xml_to_utf8(body, content_type)))
    has_end = _is_closed(text, TAIL)
    feed = _parse_xml(text if has_end else _close(text), url)
    if feed is None:
        raise SourceError(_describe(text))
    is_complete = has_end or _is_closed(text, len(text)) or _is_well_formed(text)
    return Parsed(*feed, None if is_complete else "the feed is truncated: its end tag is missing")


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
    return Parsed(*jsonfeed.read(document, url))


def _parse_xml(text: bytes, url: str) -> tuple[Channel, list[Item]] | None:
    from aggregator.feeds import fast_parser, tolerant_parser

    feed = fast_parser.read(text, url)
    if feed is None or not feed[1]:
        feed = tolerant_parser.read(text, url) or feed
    return feed


def _without_doctype(text: bytes) -> bytes:
    """Remove a DTD that declares entities, which no feed needs. Raises SourceError for more namespaces than allowed."""
    if text.count(b"xmlns") > MAX_NAMESPACES:
        raise SourceError(f"declares more than {MAX_NAMESPACES} namespaces: not parsed")
    start = text.find(b"<!DOCTYPE", 0, 2000)
    if start < 0 or b"<!ENTITY" not in text[:20_000]:
        return text
    doctype = _DOCTYPE.match(text, start)
    return text[:start] + text[doctype.end() :] if doctype else text


def _resolve_references(text: bytes) -> bytes:
    """Replace the entities of HTML, which XML defines only by a DTD, and escape all other ampersands.

    CDATA sections are text and stay as they are.
    """
    if not _UNKNOWN_REFERENCE.search(text):
        return text
    first, *rest = text.split(b"<![CDATA[")
    parts = [_UNKNOWN_REFERENCE.sub(_character, first)]
    for part in rest:
        data, end, after = part.partition(b"]]>")
        parts.append(data + end + _UNKNOWN_REFERENCE.sub(_character, after))
    return b"<![CDATA[".join(parts)


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return b"&#x" + match[1] + b";"
    character = match[2] and html5.get(f"{match[2].decode('ascii')};")
    return character.encode() if character else b"&amp;" + match[0][1:]


def _is_closed(text: bytes, end: int) -> bool:
    """Whether the last `end` bytes of a document contain its end tag."""
    return _last(_CLOSED, text, max(len(text) - end, 0)) is not None


def _last(tag: re.Pattern[bytes], text: bytes, start: int = 0) -> re.Match[bytes] | None:
    """Return the last such tag from `start` on that is not in a CDATA section."""
    for match in reversed([*tag.finditer(text, start)]):
        data = text.rfind(b"<![CDATA[", 0, match.start())
        if data < 0 or text.find(b"]]>", data, match.start()) >= 0:
            return match
    return None


def _is_well_formed(text: bytes) -> bool:
    """Whether a document without the usual end tag is complete: an empty element, or one of another name."""
    from lxml import etree

    try:
        etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def _close(text: bytes) -> bytes:
    """Close a truncated document after its last complete item."""
    item, root = _last(_ITEM_CLOSED, text), _ROOT.search(text)
    if not item or not root:
        return text
    prefix, colon, name = root[1].rpartition(b":")
    channel = b"</" + prefix + colon + b"channel>" if name.lower() == b"rss" else b""
    return text[: item.end()] + channel + b"</" + root[1] + b">"


def _describe(text: bytes) -> str:
    """Return what a document is that is not a feed."""
    if _HTML.match(text[:5000]) or b"<html" in text[:5000].lower():
        return "this is a web page, not a feed; `aggregate add` with its address finds its feed"
    if text.lstrip().startswith(b"<"):
        return "this is XML, but not a known feed format (RSS, Atom)"
    return "this is not a feed (RSS, Atom, JSON Feed)"
