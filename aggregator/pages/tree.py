"""Reads the text, the structure and the URL of a page from its element tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.pages.document import decode_page, is_hidden_by_attribute, parse_html
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

UNKNOWN_URL = "http://saved.invalid/"
"""Placeholder URL of a page whose URL is unknown."""
BLOCKS = frozenset(
    """
    address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p picture pre section summary table tbody td th thead tr ul video
    """.split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
MOST_PIECES = 2_000
"""Maximum number of text nodes that are read from one element."""
HIDDEN = frozenset("head iframe noscript object script select style svg template textarea".split())

_HIDDEN_CLASSES = frozenset(
    "a11y-hidden off-screen screen-reader-only screen-reader-text sr-only visually-hidden visuallyhidden".split()
)
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0dff\u200c\u200d])*")
"""Includes the vowel signs of Hebrew, Arabic and Indic scripts, which are not letters to `re`."""
UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Characters of scripts that put no spaces between words, or few."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME_PARTS = re.compile(r"[a-z]+|\d+")


def read_tree(body: bytes, content_type: str = "") -> Any | None:
    """Parse a page; None if the document is empty. `content_type`: the `Content-Type` header."""
    root = parse_html(decode_page(body, content_type))
    if root is not None:
        group_terms(root)
    return root


def group_terms(root: Any) -> None:
    """Wrap each term of a `dl` with its descriptions in a `div`, as HTML allows (4.4.9)."""
    for element in list(root.iter("dl")):
        group = None
        for child in list(element):
            if child.tag == "dt" and (group is None or group[-1].tag == "dd"):
                group = element.makeelement("div")
                child.addprevious(group)
            elif child.tag not in ("dt", "dd"):
                group = None
            if group is not None:
                group.append(child)


def page_url(root: Any, url: str | None) -> str:
    """Return the URL of a page: the known one, otherwise its canonical URL, otherwise `UNKNOWN_URL`."""
    if url and (known := absolute(url)):
        return known
    return next(iter(canonical_urls(root)), UNKNOWN_URL)


def canonical_urls(root: Any, base: str | None = None) -> list[str]:
    """The canonical URLs that a page states, absolute: `<link rel="canonical">`, then `og:url`."""
    urls = [link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    for meta in root.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").strip().lower() == "og:url":
            urls.append(meta.get("content"))
    return [address for url in urls if url and (address := absolute(url, base))]


def base_url(root: Any, address: str) -> str:
    """Return the URL against which relative URLs of a page are resolved (HTML 4.2.3)."""
    base = root.find(".//base[@href]")
    return absolute(base.get("href"), address) or address if base is not None else address


def text_sizes(root: Any) -> dict[Any, int]:
    """Return the length of the text in each element, in characters."""
    sizes: dict[Any, int] = {}
    for element in reversed(list(root.iter())):
        size = 0 if element.tag in HIDDEN else sizes.get(element, 0) + len((element.text or "").strip())
        sizes[element] = size
        if (parent := element.getparent()) is not None:
            sizes[parent] = sizes.get(parent, 0) + size + len((element.tail or "").strip())
    return sizes


def visible_texts(element: Any) -> Iterator[tuple[Any, str]]:
    """Yield the visible text nodes in an element, each with its parent element."""
    stack = [(element, False)]
    while stack:
        current, is_tail = stack.pop()
        if is_tail:
            if current.tail:
                yield current.getparent(), current.tail
            continue
        if current is not element:
            stack.append((current, True))
        if is_hidden(current):
            continue
        if current.text or current.tag == "br":
            yield current, current.text or " "  # `br` ends a line
        stack.extend((child, False) for child in reversed(current))


def is_hidden(element: Any) -> bool:
    """Return whether an element is hidden, or visible to screen readers only, by its own tag, class and attributes."""
    if element.tag in HIDDEN or not isinstance(element.tag, str):
        return True
    if not _HIDDEN_CLASSES.isdisjoint((element.get("class") or "").lower().split()):
        return True
    return is_hidden_by_attribute(element)


def text_of(element: Any) -> str:
    """Return the visible text of an element as plain text, with a space between blocks."""
    return " ".join(lines_of(element))


def lines_of(element: Any, without: re.Pattern[str] | None = None) -> list[str]:
    """Return the visible text of an element as plain text, a line per block. `without`: text nodes to leave out."""
    lines, line = [], list[str]()
    block = element
    for holder, text in islice(visible_texts(element), MOST_PIECES):
        if (nearest := _block_of(holder, element)) is not block:
            lines.append("".join(line))
            line, block = [], nearest
        line.append(" " if without and without.fullmatch(text.strip()) else text)
    lines.append("".join(line))
    return [clean for text in lines if (clean := plain(text.replace("<", "&lt;")))]


def _block_of(element: Any, top: Any) -> Any:
    while element is not top and element.tag not in BLOCKS:
        element = element.getparent()
    return element


def count_words(text: str) -> int:
    """Count the words of a text; in scripts without spaces, as Chinese, two characters count as a word.

    A text without a space, as "v2.7.4...main", is one word.
    """
    unspaced = len(UNSPACED.findall(text))
    if not unspaced and len(text.split()) < 2:
        return min(1, len(text))
    return len(_WORD.findall(UNSPACED.sub(" ", text))) + (unspaced + 1) // 2


def class_words(element: Any) -> frozenset[str]:
    """Split the class and id of an element into words: "siteNav__item--last" into site, nav, item and last."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
    if names == " ":
        return frozenset()
    return frozenset(_NAME_PARTS.findall(_CAMEL.sub(" ", names).lower()))
