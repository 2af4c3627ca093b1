"""Where the fast parser is known to read a document otherwise than it is meant, so that the tolerant one must.

A doubt too many costs time, one too few an item: so each looks at the bytes, quickly, and errs to the safe side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Tags = Counter[bytes]
"""How often each element is opened in a document, by its name with its prefix."""

_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)")
# It takes the text before the first tag within: "A <b>bold</b> move" would be "A".
_MARKUP = re.compile(rb"<(?:title|summary|description)(?:\s[^<>]*)?(?<!/)>[^<]*<(?![/!])")
# It takes the first of this name, of whatever namespace: media:title before title, atom:link before link.
_PREFIXED = {name: re.compile(rb"<\w+:" + name + rb"\b") for name in (b"title", b"description", b"link")}
_ALTERNATE = re.compile(rb"<link(?![^<>]*\brel=)|<link[^<>]*\brel=[\"']alternate")
_ANY_LINK = re.compile(rb"<link[\s>]")
_NO_PERMALINK = re.compile(rb"isPermaLink\s*=\s*[\"']false")
_BODY = re.compile(rb"<(?:\w+:)?(?:body|fullitem)[\s>]|<content[\s>]")  # where a text is found but by the tolerant


def tags_of(text: bytes) -> Tags:
    """Look through a document once, for all that asks whether something occurs in it."""
    return Counter(_TAG.findall(text))


def is_doubtful(text: bytes, tags: Tags, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the entries that the fast parser found in a document may be less, or other, than what it holds."""
    return (
        _is_undecodable(text, entries)
        or _is_short(text, tags, entries)
        or bool(_MARKUP.search(text))
        or (b"entry" in tags and b'mode="base64"' in text)
        or _misleads_in_rss(text, tags)
        or (b"entry" in tags and any(_misleads_in_atom(entry) for entry in text.split(b"<entry")[1:]))
    )


def _is_undecodable(text: bytes, entries: Sequence[Mapping[str, Any]]) -> bool:
    return any("\ufffd" in (e.get("title") or "") for e in entries) and b"\xef\xbf\xbd" not in text


def _is_short(text: bytes, tags: Tags, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is more than was read, as happens where markup is broken."""
    if len(entries) < max(tags[b"item"], tags[b"entry"]) and b"CDATA" not in text:
        return True
    bare = sum(1 for entry in entries if not entry.get("description") and not entry.get("content"))
    if not bare:
        return False
    described = len(entries) + 1 - bare + text.count(b"<description></")
    return text.count(b"<description>") > described or bool(_BODY.search(text))


def _misleads_in_rss(text: bytes, tags: Tags) -> bool:
    """Whether an item has something before what the fast parser should take, or no link where it would make one up."""
    if b"item" not in tags:
        return False
    local = {name.rpartition(b":")[2] for name in tags if b":" in name}
    prefixed = [(b"<" + name, other) for name, other in _PREFIXED.items() if name in local]
    bare = b"link" in tags and b"<link " in text  # Atom's, without its namespace
    unlinked = b"guid" in tags and _NO_PERMALINK.search(text) is not None
    if not (prefixed or bare or unlinked):
        return False
    for item in text.split(b"<item")[1:]:
        if bare and b"<link " in item:
            return True
        if unlinked and not _ANY_LINK.search(item) and _NO_PERMALINK.search(item):
            return True
        if any(0 <= other.start() < item.find(own) for own, prefix in prefixed if (other := prefix.search(item))):
            return True
    return False


def _misleads_in_atom(entry: bytes) -> bool:
    """Whether it has links, and none of them leads to the article."""
    return bool(_ANY_LINK.search(entry)) and not _ALTERNATE.search(entry)
