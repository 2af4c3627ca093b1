"""Rewrite a document whose tags do not match, so that damage in one entry stays within it.

Only the elements of feeds remain tags; all others become text, as if the publisher had escaped them. An element that
is never closed ends where the next one of its entry begins, and an entry where the next entry begins.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb"""
      (?P<other><!\[CDATA\[.*?(?:\]\]>|\Z) | <!--.*?(?:-->|\Z) | <\?.*?(?:\?>|\Z) | <!DOCTYPE[^<>]*+>)
    | <(?P<end>/?)(?P<name>[A-Za-z_][\w:.-]*+)(?P<rest>(?:[^<>"'] | "[^"<]*+" | '[^'<]*+' | ["'])*+)>
    | <
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
MAX_DEPTH = 50
"""Elements that may be nested; a tag below them is text. Feeds have four or five levels."""
_UNQUOTED = re.compile(rb"(?<=[\s\"'])([\w:.-]++\s*+=)\s*+([^\s\"'<>=]++)(?=[\s/]|\Z)")
_ENTRIES = frozenset({b"item", b"entry"})
_CONTAINERS = frozenset(
    b"""
    rss rdf channel feed items image textinput author contributor owner source skiphours skipdays group media:content
    """.split()
)
_LEAVES = frozenset(
    b"""
    title link guid id pubdate published updated issued modified created date lastbuilddate available description
    summary content encoded category subject comments enclosure language ttl url width height name email uri rights
    generator copyright managingeditor webmaster docs logo icon subtitle tagline hour day creator thumbnail credit
    duration keywords explicit updateperiod updatefrequency updatebase itunes:image
    """.split()
)


def balance(text: bytes) -> bytes:
    """Return a document in UTF-8 whose tags match. Takes time that is linear in its length."""
    parts: list[bytes] = []
    opened: list[bytes] = []
    position = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[position : token.start()])
        parts.append(_token(token, opened))
        position = token.end()
    parts.append(text[position:])
    parts.extend(b"</" + name + b">" for name in reversed(opened))
    return b"".join(parts)


def _token(token: re.Match[bytes], opened: list[bytes]) -> bytes:
    """Return what replaces a token, and keep the list of elements that are open."""
    name = token["name"]
    if name is None:
        return token[0] if token["other"] else b"&lt;"
    kind = _kind(name)
    if kind is None or (len(opened) >= MAX_DEPTH and not token["end"]):
        return b"&lt;" + token[0][1:]
    if token["end"]:
        return _end(name, opened) or (b"" if kind in _LEAVES else b"&lt;" + token[0][1:])
    closing = _close_before(kind, opened)
    rest = b" " + _UNQUOTED.sub(rb'\1"\2"', b" " + token["rest"]).strip()
    if not rest.endswith(b"/"):
        opened.append(name)
    return closing + b"<" + name + rest.rstrip() + b">"


def _kind(name: bytes) -> bytes | None:
    """Return the name of an element of a feed in lower case, without its prefix unless that matters; else None."""
    lower = name.lower()
    kind = lower if lower in (b"media:content", b"itunes:image") else lower.rpartition(b":")[2]
    return kind if kind in _LEAVES or kind in _CONTAINERS or kind in _ENTRIES else None


def _close_before(kind: bytes, opened: list[bytes]) -> bytes:
    """Return the end tags of elements that must have ended where an element begins."""
    closing = b""
    if kind in _ENTRIES:
        entry = next((number for number, name in enumerate(opened) if _kind(name) in _ENTRIES), None)
        while entry is not None and len(opened) > entry:
            closing += b"</" + opened.pop() + b">"
    while opened and _kind(opened[-1]) in _LEAVES:
        closing += b"</" + opened.pop() + b">"
    return closing


def _end(name: bytes, opened: list[bytes]) -> bytes:
    """Return the end tags up to the element of this name; nothing if none is open within the entry."""
    for depth in range(len(opened) - 1, -1, -1):
        if opened[depth].lower() == name.lower():
            closing = b"".join(b"</" + inner + b">" for inner in reversed(opened[depth:]))
            del opened[depth:]
            return closing
        if _kind(opened[depth]) in _ENTRIES:
            return b""
    return b""
