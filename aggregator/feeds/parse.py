"""From bytes to a channel and its items: guards first, then the fast parser, then the tolerant one where that is
needed."""

from __future__ import annotations

import json
import re
import zlib
from html.entities import html5

import msgspec

from aggregator.errors import SourceError
from aggregator.feeds import jsonfeed
from aggregator.model import Channel, Item
from aggregator.text.charsets import xml_to_utf8

MOST_NAMESPACES = 2_000
"""Declarations of namespaces; parsers take quadratic time for them, and honest feeds have a dozen."""
LARGEST = 50 * 1024 * 1024
"""Bytes that a compressed document may unfold to."""

_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|script|meta|p)\b", re.IGNORECASE | re.DOTALL
)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_REFERENCE = rb"(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);"
_UNDECLARED = re.compile(rb"&(?!" + _REFERENCE + rb")(?:#X([0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]{1,31});)?")
END = 2000
"""Bytes at the end of a document where its last tag stands, nearly always."""
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|html)\s*>", re.IGNORECASE)
_ITEM_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")


class Parsed(msgspec.Struct, frozen=True):
    """A feed as read. `flaw`: what is wrong with it, in words, though it could be read."""

    channel: Channel
    items: list[Item]
    flaw: str | None = None


def parse(body: bytes, url: str, content_type: str = "") -> Parsed:
    """Read a feed.

    `url`: where it came from; `content_type`: the header of that name. Raises SourceError, in one line, for what is
    no feed. Nothing is fetched or opened, whatever the document asks for.
    """
    body = _inflated(body)
    if not body.strip():
        raise SourceError("the answer is empty: no feed")
    if body.lstrip()[:1] in (b"{", b"["):
        return _parse_json(body, url)
    text = _declared(_guarded(xml_to_utf8(body, content_type)))
    ends = _is_closed(text, END)
    found = _parse_xml(text if ends else _closed(text), url)
    if found is None:
        raise SourceError(_what_it_is(text))
    whole = ends or _is_closed(text, len(text)) or _is_well_formed(text)
    return Parsed(*found, None if whole else "the feed is cut off: its end tag is missing")


def _inflated(body: bytes) -> bytes:
    """What a server compressed and did not say so."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, LARGEST)
    except zlib.error as error:
        raise SourceError(f"broken gzip, no feed ({error})") from error


def _parse_json(body: bytes, url: str) -> Parsed:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"neither a feed nor JSON ({error})") from error
    if not jsonfeed.is_feed(document):
        raise SourceError("this is JSON, but no JSON Feed (https://www.jsonfeed.org)")
    return Parsed(*jsonfeed.read(document, url))


def _parse_xml(text: bytes, url: str) -> tuple[Channel, list[Item]] | None:
    from aggregator.feeds import fast, tolerant

    found = fast.read(text, url)
    if found is None or not found[1]:
        found = tolerant.read(text, url) or found
    return found


def _guarded(text: bytes) -> bytes:
    """Raise for what only an attacker sends; take away a DTD, which no feed needs, with all that it declares."""
    if text.count(b"xmlns") > MOST_NAMESPACES:
        raise SourceError(f"declares more than {MOST_NAMESPACES} namespaces: not read")
    start = text.find(b"<!DOCTYPE", 0, 2000)
    if start < 0 or b"<!ENTITY" not in text[:20_000]:
        return text
    doctype = _DOCTYPE.match(text, start)
    return text[:start] + text[doctype.end() :] if doctype else text


def _declared(text: bytes) -> bytes:
    """HTML's entities as characters, where XML knows them only by a DTD, and all other ampersands escaped.

    What stands in CDATA is text, and stays.
    """
    if not _UNDECLARED.search(text):
        return text
    first, *rest = text.split(b"<![CDATA[")
    parts = [_UNDECLARED.sub(_character, first)]
    for part in rest:
        data, end, after = part.partition(b"]]>")
        parts.append(data + end + _UNDECLARED.sub(_character, after))
    return b"<![CDATA[".join(parts)


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return b"&#x" + match[1] + b";"
    character = match[2] and html5.get(f"{match[2].decode('ascii')};")
    return character.encode() if character else b"&amp;" + match[0][1:]


def _is_closed(text: bytes, end: int) -> bool:
    """Whether a document has its end tag among so many bytes at its end."""
    return _last(_CLOSED, text, max(len(text) - end, 0)) is not None


def _last(tag: re.Pattern[bytes], text: bytes, start: int = 0) -> re.Match[bytes] | None:
    """The last of such tags from there on; what is text, in CDATA, is none."""
    for found in reversed([*tag.finditer(text, start)]):
        data = text.rfind(b"<![CDATA[", 0, found.start())
        if data < 0 or text.find(b"]]>", data, found.start()) >= 0:
            return found
    return None


def _is_well_formed(text: bytes) -> bool:
    """Whether a document without the usual end tag is whole: an empty element, or one of another name."""
    from lxml import etree

    try:
        etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def _closed(text: bytes) -> bytes:
    """A document that was cut off, closed after its last whole item: half an item is none."""
    item, root = _last(_ITEM_CLOSED, text), _ROOT.search(text)
    if not item or not root:
        return text
    prefix, colon, name = root[1].rpartition(b":")
    channel = b"</" + prefix + colon + b"channel>" if name.lower() == b"rss" else b""
    return text[: item.end()] + channel + b"</" + root[1] + b">"


def _what_it_is(text: bytes) -> str:
    if _HTML.match(text[:5000]) or b"<html" in text[:5000].lower():
        return "this is a web page, no feed; `aggregate add` with its address finds the feed behind it"
    if text.lstrip().startswith(b"<"):
        return "this is XML, but no feed that is known (RSS, Atom)"
    return "this is no feed (RSS, Atom, JSON Feed)"
