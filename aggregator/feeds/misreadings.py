"""Detect documents that fastfeedparser is known to misread, which the tolerant parser must read instead.

A false alarm costs time, a missed misreading costs an item: each check looks at the bytes, and prefers false alarms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

TagCounts = Counter[bytes]
"""Number of start tags in a document, by name with prefix."""

_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)")
# It stops at the first tag within a text: "A <b>bold</b> move" would become "A".
_MARKUP = re.compile(rb"<(?:title|summary|description)(?:\s[^<>]*)?(?<!/)>[^<]*<(?![/!])")
# It takes the first element of a local name in any namespace: media:title before title, atom:link before link.
_PREFIXED = {name: re.compile(rb"<\w+:" + name + rb"\b") for name in (b"title", b"description", b"link")}
_ALTERNATE = re.compile(rb"<link(?![^<>]*\brel=)|<link[^<>]*\brel=[\"']alternate")
_ANY_LINK = re.compile(rb"<link[\s>]")
_NO_PERMALINK = re.compile(rb"isPermaLink\s*=\s*[\"']false")
_BODY = re.compile(rb"<(?:\w+:)?(?:body|fullitem)[\s>]|<content[\s>]")  # texts that only the tolerant parser reads


def count_tags(text: bytes) -> TagCounts:
    """Count the start tags of a document, once for all checks."""
    return Counter(_TAG.findall(text))


def may_be_misread(text: bytes, tags: TagCounts, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the entries that fastfeedparser returned may be fewer than those in the document, or differ from them."""
    return (
        _is_undecodable(text, entries)
        or _is_incomplete(text, tags, entries)
        or bool(_MARKUP.search(text))
        or (b"entry" in tags and b'mode="base64"' in text)
        or _is_misread_rss(text, tags)
        or (b"entry" in tags and any(_is_misread_entry(entry) for entry in text.split(b"<entry")[1:]))
    )


def _is_undecodable(text: bytes, entries: Sequence[Mapping[str, Any]]) -> bool:
    return any("\ufffd" in (e.get("title") or "") for e in entries) and b"\xef\xbf\xbd" not in text


def _is_incomplete(text: bytes, tags: TagCounts, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the document holds more than the entries, as it does if its markup is broken."""
    if len(entries) < max(tags[b"item"], tags[b"entry"]) and b"CDATA" not in text:
        return True
    bare = sum(1 for entry in entries if not entry.get("description") and not entry.get("content"))
    if not bare:
        return False
    described = len(entries) + 1 - bare + text.count(b"<description></")
    return text.count(b"<description>") > described or bool(_BODY.search(text))


def _is_misread_rss(text: bytes, tags: TagCounts) -> bool:
    """Whether an item has a prefixed element before the right one, or no link, for which one would be made up."""
    if b"item" not in tags:
        return False
    local = {name.rpartition(b":")[2] for name in tags if b":" in name}
    prefixed = [(b"<" + name, other) for name, other in _PREFIXED.items() if name in local]
    bare_link = b"link" in tags and b"<link " in text  # of Atom, without its namespace
    unlinked = b"guid" in tags and _NO_PERMALINK.search(text) is not None
    if not (prefixed or bare_link or unlinked):
        return False
    for item in text.split(b"<item")[1:]:
        if bare_link and b"<link " in item:
            return True
        if unlinked and not _ANY_LINK.search(item) and _NO_PERMALINK.search(item):
            return True
        if any(0 <= other.start() < item.find(plain) for plain, prefix in prefixed if (other := prefix.search(item))):
            return True
    return False


def _is_misread_entry(entry: bytes) -> bool:
    """Whether an Atom entry has links, but none to the article."""
    return bool(_ANY_LINK.search(entry)) and not _ALTERNATE.search(entry)
