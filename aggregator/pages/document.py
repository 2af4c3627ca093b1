"""Decodes and parses untrusted HTML pages with bounds on size and depth, and removes hidden elements.

The parser stops at 255 levels, reads at most `LONGEST` bytes, expands no entities that the page defines and sends no
requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from aggregator.text.charsets import decode_html
from aggregator.text.xml import FORBIDDEN

LONGEST = 5_000_000
"""Maximum size of a page, in bytes, the rest is ignored; the largest of 127 news pages had 1.5 million."""

_NOT_RENDERED = tuple(
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
# A match begins at the start of a word only: tried at each letter, a long word would take quadratic time.
_JOINED = re.compile(r"((?<![^\W\d_])[^\W\d_]{2,}+[.!?…][\"”’»)]?)(?=[\"“‘«¿¡(]?[^\W\d_]++[\s,’'])")
_ABBREVIATED = frozenset(
    "mr mrs ms dr st prof gov sen rep gen col lt sgt capt rev hon jr sr inc ltd corp co no vs".split()
)
_MOST_BREAKS = 50


def decode_page(body: bytes, content_type: str = "") -> str:
    """Return the text of a page, without the characters that XML forbids."""
    return FORBIDDEN.sub("", decode_html(body[:LONGEST], content_type))


def is_markup(text: str) -> bool:
    """Return whether a text is HTML, whatever its media type: `text/plain` may be HTML, and a saved page plain text."""
    return bool(_MARKUP.search(text[:20_000]))


def parse_html(text: str) -> Any:
    """Parse HTML into a tree, scripts and head included; None if the document is empty."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def remove_hidden(root: Any) -> None:
    """Remove what browsers do not show as text: scripts, form fields, hidden elements."""
    _drop(root.iter(*_NOT_RENDERED))
    candidates = root.xpath("//*[@style or @hidden]")
    elements = (element for element in candidates if element.tag not in ("html", "body"))
    _drop(element for element in elements if is_hidden_by_attribute(element))


def is_hidden_by_attribute(element: Any) -> bool:
    """Return whether the `hidden` or `style` attribute of an element hides it."""
    return element.get("hidden") is not None or _HIDING.search(element.get("style") or "") is not None


def _drop(elements: Iterable[Any]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()


def split_joined_sentences(text: str) -> list[str]:
    """Split a text where a paragraph break was lost, as in "…to Moscow.The trip…"."""
    parts, start, words = [], 0, text.find(" ")
    for match in islice(_JOINED.finditer(text), _MOST_BREAKS):
        if 0 <= words < match.start() and _is_break(text, match.start(), match.end()):
            parts.append(text[start : match.end()])
            start = match.end()
    return [*parts, text[start:]]


def _is_break(text: str, start: int, end: int) -> bool:
    """Return whether a sentence ends here; names such as "Booking.com", "Node.js", "U.S.Army" are not split."""
    before = text[start:end].rstrip('.!?…"”’»)')
    after = text[end : end + 2].lstrip('"“‘«¿¡(')
    if before.casefold() in _ABBREVIATED or not before[1:].islower() or not after[:1].isupper():
        return False
    return not any(mark in text[max(0, start - 40) : end].rpartition(" ")[2] for mark in ("@", "/", "www."))
