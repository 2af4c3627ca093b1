"""A page as a tree of elements, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.pages.document import decoded, is_hidden_by_attribute, parsed
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

NOWHERE = "http://saved.invalid/"
"""Stands for the address of a page that has none."""
BLOCKS = frozenset(
    """
    address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p picture pre section summary table tbody td th thead tr ul video
    """.split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
MOST_PIECES = 2_000
"""Pieces of text of one element that are looked at."""
HIDDEN = frozenset("head iframe noscript object script select style svg template textarea".split())

_HIDDEN_CLASSES = frozenset(
    "a11y-hidden off-screen screen-reader-only screen-reader-text sr-only visually-hidden visuallyhidden".split()
)
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0dff\u200c\u200d])*")
"""Signs that stand for vowels are no letters to `re`."""
WIDE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME_PARTS = re.compile(r"[a-z]+|\d+")


def read_tree(body: bytes, content_type: str = "") -> Any | None:
    """The root element of a page, or None where there is none. `content_type`: the header of that name."""
    root = parsed(decoded(body, content_type))
    if root is not None:
        group_terms(root)
    return root


def group_terms(root: Any) -> None:
    """Put each term of a list, with what describes it, into a `div` of its own, as HTML allows (4.4.9)."""
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


def address_of(root: Any, url: str | None) -> str:
    """Where a page is: as known, else as it says itself, else nowhere (`NOWHERE`), as one that was saved may be."""
    if url and (known := absolute(url)):
        return known
    return next(iter(canonical_urls(root)), NOWHERE)


def canonical_urls(root: Any, base: str | None = None) -> list[str]:
    """The canonical URLs that a page states, absolute: `<link rel="canonical">`, then `og:url`."""
    urls = [link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    for meta in root.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").strip().lower() == "og:url":
            urls.append(meta.get("content"))
    return [address for url in urls if url and (address := absolute(url, base))]


def base_of(root: Any, address: str) -> str:
    """What the relative addresses of a page are relative to (HTML 4.2.3)."""
    stated = root.find(".//base[@href]")
    return absolute(stated.get("href"), address) or address if stated is not None else address


def sizes_of(root: Any) -> dict[Any, int]:
    """How much text there is in each element, in characters."""
    sizes: dict[Any, int] = {}
    for element in reversed(list(root.iter())):
        size = 0 if element.tag in HIDDEN else sizes.get(element, 0) + len((element.text or "").strip())
        sizes[element] = size
        if (around := element.getparent()) is not None:
            sizes[around] = sizes.get(around, 0) + size + len((element.tail or "").strip())
    return sizes


def texts(element: Any) -> Iterator[tuple[Any, str]]:
    """The pieces of text within an element that are shown, each with the element that holds it."""
    stack = [(element, False)]
    while stack:
        one, after = stack.pop()
        if after:
            if one.tail:
                yield one.getparent(), one.tail
            continue
        if one is not element:
            stack.append((one, True))
        if is_hidden(one):
            continue
        if one.text or one.tag == "br":
            yield one, one.text or " "  # it ends a line
        stack.extend((child, False) for child in reversed(one))


def is_hidden(element: Any) -> bool:
    """Whether it is not shown, as far as the element itself tells."""
    if element.tag in HIDDEN or not isinstance(element.tag, str):
        return True
    if not _HIDDEN_CLASSES.isdisjoint((element.get("class") or "").lower().split()):
        return True
    return is_hidden_by_attribute(element)


def text_of(element: Any) -> str:
    """The text of an element as plain text; blocks part words."""
    return " ".join(lines_of(element))


def lines_of(element: Any, without: re.Pattern[str] | None = None) -> list[str]:
    """The text of an element as plain text, a line for each block in it. `without`: pieces to be left out."""
    lines, line = [], list[str]()
    block = element
    for holder, text in islice(texts(element), MOST_PIECES):
        if (nearest := _block_of(holder, element)) is not block:
            lines.append("".join(line))
            line, block = [], nearest
        line.append(" " if without and without.fullmatch(text.strip()) else text)
    lines.append("".join(line))
    return [clean for one in lines if (clean := plain(one.replace("<", "&lt;")))]


def _block_of(element: Any, top: Any) -> Any:
    while element is not top and element.tag not in BLOCKS:
        element = element.getparent()
    return element


def words_in(text: str) -> int:
    """How many words a text has; where none are parted, as in Chinese, two characters count as one. What has no space,
    as "v2.7.4...main", is one."""
    wide = len(WIDE.findall(text))
    if not wide and len(text.split()) < 2:
        return min(1, len(text))
    return len(_WORD.findall(WIDE.sub(" ", text))) + (wide + 1) // 2


def names_of(element: Any) -> frozenset[str]:
    """The words in the class and id of an element: "siteNav__item--last" has site, nav, item and last."""
    stated = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
    if stated == " ":
        return frozenset()
    return frozenset(_NAME_PARTS.findall(_CAMEL.sub(" ", stated).lower()))
