"""Repair an XML document before it is parsed: references, attributes and a missing end, outside of CDATA sections."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5

from aggregator.errors import SourceError
from aggregator.text.charsets import resolve_c1_references
from aggregator.text.surrogates import join_surrogates

MAX_NAMESPACES = 2_000
"""Namespace declarations that a feed may have: parsers take quadratic time for them, and real feeds have a dozen."""
TAIL = 2000
"""Bytes at the end of a document that nearly always contain its end tag."""

_CONTROL_CHARACTERS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>", re.DOTALL)
_REFERENCE = rb"(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);"
# Those to C1 control characters and to surrogates are among the unusual ones.
_USUAL_NUMBER = rb"#(?!12[89]|1[345][0-9])[0-9]{1,4}|#x(?![dD])[0-9a-fA-F]{1,4}"
_UNUSUAL_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|" + _USUAL_NUMBER + rb");)")
_UNKNOWN_REFERENCE = re.compile(rb"&(?!" + _REFERENCE + rb")(?:#X([0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]{1,31});)?")
_CLOSED = re.compile(rb"</(?:[\w.-]++:)?(?:rss|feed|rdf|html)\s*+>", re.IGNORECASE)
_ITEM_CLOSED = re.compile(rb"</(?:[\w.-]++:)?(?:item|entry)\s*+>", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*+)")
_START = re.compile(rb"<(?:\?xml\s|(?:[\w.-]{1,40}+:)?(?:rss|feed|rdf)[\s>])", re.IGNORECASE)
_FEED = re.compile(rb"<(?:[\w.-]{1,40}+:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
_ENTRY = re.compile(rb"<(item|entry|[\w.-]{1,40}+:(?:item|entry))[\s/>]", re.IGNORECASE)
_DECLARATION = re.compile(rb"<\?xml\b[^<>]*+>")


def prepare(text: bytes) -> bytes:
    """Return a document in UTF-8 without what no parser reads: text before its beginning, control characters, a DTD
    with entities, undeclared entities. Raises SourceError for more namespaces than allowed."""
    if text.count(b"x") > MAX_NAMESPACES and text.count(b"xmlns") > MAX_NAMESPACES:  # a single byte is found quickly
        raise SourceError(f"declares more than {MAX_NAMESPACES} namespaces: not parsed")
    text = text.translate(None, _CONTROL_CHARACTERS)
    text = _without_doctype(_without_preamble(_without_declaration(text)))
    return _repair_references(text) if _UNUSUAL_REFERENCE.search(text) else text


def _without_declaration(text: bytes) -> bytes:
    """Remove the XML declaration, which is malformed or misplaced in some feeds; its encoding has been applied."""
    declaration = _DECLARATION.search(text, 0, 2000)
    return text[: declaration.start()] + text[declaration.end() :] if declaration else text


def _without_preamble(text: bytes) -> bytes:
    """Remove what a server printed before the feed, such as a warning of PHP; a web page stays as it is."""
    start = _START.search(text, 0, 5000)
    before = text[: start.start()].strip() if start else b""
    if not start or not before or before.startswith((b"<!", b"<?")) or b"<html" in before.lower():
        return text
    return text[start.start() :]


def _without_doctype(text: bytes) -> bytes:
    """Remove a DTD that declares entities, which no feed needs."""
    start = text.find(b"<!DOCTYPE", 0, 2000)
    if start < 0 or b"<!ENTITY" not in text[:20_000]:
        return text
    doctype = _DOCTYPE.match(text, start)
    return text[:start] + text[doctype.end() :] if doctype else text


def _repair_references(text: bytes) -> bytes:
    """Replace references to C1 control characters, to surrogates, and to the entities of HTML, which XML defines only
    by a DTD, and escape all other ampersands."""
    text = join_surrogates(resolve_c1_references(text))
    if not _UNKNOWN_REFERENCE.search(text):
        return text
    return _outside_cdata(text, lambda part: _UNKNOWN_REFERENCE.sub(_character, part))


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return b"&#x" + match[1] + b";"
    character = match[2] and html5.get(f"{match[2].decode('ascii')};")
    return character.encode() if character else b"&amp;" + match[0][1:]


def _outside_cdata(text: bytes, change: Callable[[bytes], bytes]) -> bytes:
    first, *rest = text.split(b"<![CDATA[")
    parts = [change(first)]
    for part in rest:
        data, end, after = part.partition(b"]]>")
        parts.append(data + end + change(after))
    return b"<![CDATA[".join(parts)


def resembles_feed(text: bytes) -> bool:
    """Whether a document contains an element that only feeds have."""
    return _FEED.search(text) is not None


def count_entries(text: bytes, enough: int) -> int:
    """Count the start tags of entries in a document; those in CDATA sections and comments count only if there are at
    most `enough` in all."""
    root = _ROOT.search(text)
    prefixes = {b"", b"rss:", b"atom:", b"".join(root[1].rpartition(b":")[:2]).lower() if root else b""}
    names = {prefix + name for prefix in prefixes for name in (b"item", b"entry")}
    count = sum(name.lower() in names for name in _ENTRY.findall(text))
    if count <= enough:
        return count
    return sum(name.lower() in names for name in _ENTRY.findall(_without_sections(text)))


def _without_sections(text: bytes) -> bytes:
    """Remove CDATA sections and comments."""
    for start, end in ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->")):
        first, *rest = text.split(start)
        text = b"".join([first, *(part.partition(end)[2] for part in rest)])
    return text


def has_end(text: bytes, size: int) -> bool:
    """Whether the last `size` bytes of a document contain its end tag."""
    return _last(_CLOSED, text, max(len(text) - size, 0)) is not None


def close(text: bytes) -> bytes:
    """Close a truncated document after its last complete item."""
    item, root = _last(_ITEM_CLOSED, text), _ROOT.search(text)
    if not item or not root:
        return text
    prefix, colon, name = root[1].rpartition(b":")
    channel = b"</" + prefix + colon + b"channel>" if name.lower() == b"rss" else b""
    return text[: item.end()] + channel + b"</" + root[1] + b">"


def _last(tag: re.Pattern[bytes], text: bytes, start: int = 0) -> re.Match[bytes] | None:
    """Return the last such tag from `start` on that is not in a CDATA section."""
    limit = len(text)
    for match in reversed([*tag.finditer(text, start)]):
        if match.start() > limit:
            continue
        data = text.rfind(b"<![CDATA[", 0, match.start())
        if data < 0 or text.find(b"]]>", data, match.start()) >= 0:
            return match
        limit = data  # a section that is still open contains all matches behind its start
    return None


def is_well_formed(text: bytes) -> bool:
    """Whether a document without the usual end tag is complete: an empty element, or one of another name."""
    from lxml import etree

    try:
        etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True
