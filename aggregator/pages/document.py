"""A page as a tree that is safe to walk: decoded as browsers do it, bounded, without what no reader sees.

A page is hostile until read. The parser stops at 255 levels, reads `LONGEST` bytes at most, expands no entities of the
page's own and asks nobody for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from aggregator.text.charsets import decode_html
from aggregator.text.xml import FORBIDDEN

LONGEST = 5_000_000
"""Bytes of a page that are read; the largest of 127 news pages had 1.5 million."""

_UNSEEN = tuple(
    """
    script style template noscript svg math iframe object embed select textarea button input canvas map head link meta
    dialog
    """.split()
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKUP = re.compile(
    r"<\s*(?:!doctype|html|head|body|title|meta|script|div|section|main|nav|article|p|br|a|b|i|h[1-6]|span|table|ul|ol|li"
    r"|img|blockquote|pre)\b",
    re.IGNORECASE,
)
_STUCK = re.compile(r"([^\W\d_]{2,}[.!?…][\"”’»)]?)(?=[\"“‘«¿¡(]?[^\W\d_]+[\s,’'])")
_ABBREVIATED = frozenset(
    "mr mrs ms dr st prof gov sen rep gen col lt sgt capt rev hon jr sr inc ltd corp co no vs".split()
)
_MOST_BREAKS = 50


def decoded(body: bytes, content_type: str = "") -> str:
    """Return the text of a page, without the characters that XML forbids."""
    return FORBIDDEN.sub("", decode_html(body[:LONGEST], content_type))


def is_markup(text: str) -> bool:
    """Whether a text is HTML, whatever it is called: a saved page may be plain text, and `text/plain` be HTML."""
    return bool(_MARKUP.search(text[:20_000]))


def parsed(text: str) -> Any:
    """The tree of an HTML text, with all that it states of itself; None where there is nothing in it."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def remove_unseen(root: Any) -> None:
    """Take away what no reader sees: scripts, forms' fields, what is hidden."""
    _drop(root.iter(*_UNSEEN))
    _drop(one for one in root.xpath("//*[@style or @hidden]") if one.tag not in ("html", "body") and _is_hidden(one))


def _is_hidden(element: Any) -> bool:
    return "hidden" in element.attrib or bool(_HIDING.search(element.get("style") or ""))


def _drop(elements: Iterable[Any]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()


def split_stuck(text: str) -> list[str]:
    """The parts of a text in which a paragraph break was lost: "…to Moscow.The trip…"."""
    parts, start, words = [], 0, text.find(" ")
    for match in islice(_STUCK.finditer(text), _MOST_BREAKS):
        if 0 <= words < match.start() and _is_break(text, match.start(), match.end()):
            parts.append(text[start : match.end()])
            start = match.end()
    return [*parts, text[start:]]


def _is_break(text: str, start: int, end: int) -> bool:
    """A name ("Booking.com", "Node.js", "U.S.Army", "Gov.Noem") ends in no sentence, and begins none."""
    before = text[start:end].rstrip('.!?…"”’»)')
    after = text[end : end + 2].lstrip('"“‘«¿¡(')
    if before.casefold() in _ABBREVIATED or not before[1:].islower() or not after[:1].isupper():
        return False
    return not any(mark in text[max(0, start - 40) : end].rpartition(" ")[2] for mark in ("@", "/", "www."))
