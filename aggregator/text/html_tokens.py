"""Splits HTML into tags and text, as the tokeniser of the HTML standard does, in linear time and without a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import NamedTuple

ATTRIBUTES = r"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+"""
"""Pattern of the text between the name of a tag and its end (HTML standard, 13.2.5.32 to 13.2.5.39)."""
_ATTRIBUTE = re.compile(r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+))?+)?+""")
# A tag or comment that does not end extends to the end of the text: nothing after it is read twice.
_MARKUP = re.compile(rf"<(/?)([a-zA-Z][^\s/>]*+)({ATTRIBUTES})(?:>|(?s:.*+))|<!--(?s:-?>|.*?--!?>|.*+)|<[!?/][^>]*+>?")
_PREFIX = re.compile(r"(?:x?html?|xh|h|mml|ns\d+):(?=[a-z])")
"""Prefixes that XML documents use for XHTML."""
_TEXT_ONLY = frozenset("iframe noembed noframes script style textarea title xmp".split())
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""Elements without content and end tag."""
MAX_ATTRIBUTES = 100
"""Attributes of a tag that are read; the rest is ignored."""


class Token(NamedTuple):
    """A piece of HTML.

    `source`: its text, without a prefix for XHTML. `kind`: "start", "end", "text", or "other" for comments and the
    like. `name`: of the element, in lower case. `attributes`: the text of the attributes. `empty`: closed as in XHTML,
    such as `<p/>`, which in HTML would be an open element.
    """

    source: str
    kind: str
    name: str = ""
    attributes: str = ""
    empty: bool = False


def tokens(html: str) -> Iterator[Token]:
    """Yield all pieces of HTML in order."""
    position = 0
    without_end: set[str] = set()
    while markup := _MARKUP.search(html, position):
        if markup.start() > position:
            yield Token(html[position : markup.start()], "text")
        token = _token(markup)
        yield token
        position = markup.end()
        if token.kind == "start" and token.name in _TEXT_ONLY - without_end and not token.empty:
            end = re.compile(rf"</{token.name}(?=[\s/>])", re.IGNORECASE).search(html, position)
            if end is None:
                without_end.add(token.name)
            elif end.start() > position:
                yield Token(html[position : end.start()], "text")
                position = end.start()
    if position < len(html):
        yield Token(html[position:], "text")


def _token(markup: re.Match[str]) -> Token:
    if markup[2] is None:
        return Token(markup[0], "other")
    slash, name, attributes = markup[1], markup[2].lower(), markup[3]
    source = markup[0]
    if ":" in name and (prefix := _PREFIX.match(name)):
        name = name[prefix.end() :]
        source = f"<{slash}{name}{attributes}>"
    if slash:
        return Token(source, "end", name)
    # In `<a href=b/>` the slash belongs to the address.
    empty = attributes.endswith("/") and ("=" not in attributes or attributes[-2:-1] in "\"' \t\n")
    return Token(source, "start", name, attributes, empty and name not in VOID)


def attributes_of(text: str) -> dict[str, str]:
    """Return the attributes of a tag, from the text between its name and its end. The first of a name wins."""
    attributes: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match[2] or match[3] or match[4] or ""
        attributes.setdefault(match[1].lower(), unescape(value) if "&" in value else value)
        if len(attributes) >= MAX_ATTRIBUTES:
            break
    return attributes


def start_tag(name: str, attributes: Mapping[str, str | None]) -> str:
    """Return the source of a start tag. Attributes that are None are left out."""
    stated = (f' {key}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{''.join(stated)}>"
