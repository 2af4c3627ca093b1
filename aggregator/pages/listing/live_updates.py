"""The updates of a page that grows: a live report, a log of changes. Each has an anchor on the page, and a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote

from aggregator.model import Item
from aggregator.pages.jsonld import json_ld_nodes, types_of
from aggregator.pages.listing.records import Record
from aggregator.pages.tree import HEADINGS, class_words, lines_of, text_of
from aggregator.text.plain import shorten
from aggregator.text.urls import absolute

FEWEST = 3
"""Updates that a page has at least, for not being an article with some anchors."""
LONGEST_TITLE = 120
MOST = 2_000
"""Anchors that are looked at."""
HIGHEST = 3
MOST_LINKS = 20

_ANSWERS = frozenset("comment comments commentlist reply replies respond response review reviews".split())


def is_live(root: Any) -> bool:
    """Whether a page says that it is a live report."""
    return any("LiveBlogPosting" in types_of(node) for node in json_ld_nodes(root))


def find_updates(root: Any, address: str, order: str = "") -> list[Item]:
    """The updates of a page, in its order; empty for one that has none.

    Each has an address and an id of its own: the page's, with an anchor.
    """
    stated = [
        item for node in json_ld_nodes(root) if "LiveBlogPosting" in types_of(node) for item in _stated(node, address)
    ]
    shown = _shown(root, address, order)
    if not stated:
        return shown
    known = {_anchor(item) for item in stated}
    return [*stated, *(item for item in shown if _anchor(item) not in known)]


def _anchor(item: Item) -> str:
    return (item.url or "").partition("#")[2]


def _stated(node: Mapping[str, Any], address: str) -> Iterator[Item]:
    """schema.org's liveBlogUpdate."""
    updates = node.get("liveBlogUpdate")
    for number, one in enumerate(updates if isinstance(updates, list) else [updates]):
        if not isinstance(one, Mapping):
            continue
        said = one.get("url") or one.get("@id")
        text = one.get("articleBody")
        url = (absolute(said, address) if isinstance(said, str) else None) or f"{address}#{number}"
        title = (
            one.get("headline") or one.get("name") or (shorten(text, LONGEST_TITLE) if isinstance(text, str) else None)
        )
        if isinstance(title, str):
            yield Item(id=url, url=url, title=title, content=text, published=one.get("datePublished"))


def _shown(root: Any, address: str, order: str) -> list[Item]:
    """Blocks that are made alike and stand in one place, most of them with a date."""
    groups: dict[Any, dict[Any, str]] = defaultdict(dict)
    anchors = (one for one in root.iter(*HEADINGS, "article", "section", "div", "li", "tr") if one.get("id"))
    for element in islice(anchors, MOST):
        anchor = element.get("id")
        if " " not in anchor:
            block = _block(element)
            if block is not None and _ANSWERS.isdisjoint(class_words(block)) and not _leads_away(block):
                groups[block.getparent(), block.tag, (block.get("class") or "").split(" ")[0]].setdefault(block, anchor)
    best: list[Item] = []
    for group in groups.values():
        if len(group) >= max(FEWEST, len(best) + 1):
            items = [item for block, anchor in group.items() if (item := _update(block, anchor, address, order))]
            dated = sum(1 for item in items if item.published)
            if len(items) >= FEWEST and 2 * dated > len(group):
                best = items
    return best


def _block(element: Any) -> Any | None:
    """What an anchor is of: the element itself, or of a heading, the part that it is the only such heading of."""
    if element.tag not in HEADINGS:
        return element
    block = element.getparent()
    for _ in range(HIGHEST):
        around = block.getparent() if block is not None else None
        if (
            around is None
            or block.tag not in ("header", "div", "hgroup")
            or _has_several(block)
            or _has_two(around, element)
        ):
            break
        block = around
    if block is None or block.tag in ("body", "main") or _has_two(block, element):
        return None
    return block


def _has_several(block: Any) -> bool:
    return len(list(islice(block.iterchildren(), 3))) > 2


def _has_two(block: Any, heading: Any) -> bool:
    return len(list(islice(block.iter(heading.tag), 2))) > 1


def _leads_away(block: Any) -> bool:
    """Whether its heading is a link to another page, or one says the same, as in a list of articles."""
    heading = next(block.iter(*HEADINGS), None)
    if heading is None:
        return False
    title = _letters(heading)
    same = (link for link in islice(block.iter("a"), MOST_LINKS) if _letters(link) == title)
    links = [*heading.iter("a"), *heading.iterancestors("a"), *same]
    return any(not (link.get("href") or "#").startswith("#") for link in links)


def _letters(element: Any) -> str:
    return "".join("".join(element.itertext()).split())


def _update(block: Any, anchor: str, address: str, order: str) -> Item | None:
    heading = next(block.iter(*HEADINGS), None)
    title = text_of(heading) if heading is not None else ""
    record = Record([block], title, order)
    paragraphs = [text for one in block.iter("p") if (text := text_of(one))]
    if not title:
        lines = paragraphs or lines_of(block)
        title = shorten(lines[0].split(". ")[0], LONGEST_TITLE) if lines else ""
    url = f"{address}#{quote(anchor, safe='!$&()*+,;=:@/?-._~%')}"
    return (
        Item(id=url, url=url, title=title, summary=" ".join(paragraphs) or None, published=record.date)
        if title
        else None
    )
