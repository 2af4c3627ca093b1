"""Extracts the updates of a live report or a change log: blocks with an anchor and a date each."""

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
"""Minimum number of updates of a page; fewer are anchors in an article."""
LONGEST_TITLE = 120
MOST = 2_000
"""Maximum number of anchors that are read."""
HIGHEST = 3
MOST_LINKS = 20

_REPLIES = frozenset("comment comments commentlist reply replies respond response review reviews".split())


def is_live(root: Any) -> bool:
    """Return whether the JSON-LD of a page declares a live report."""
    return any("LiveBlogPosting" in types_of(node) for node in json_ld_nodes(root))


def find_updates(root: Any, address: str, order: str = "") -> list[Item]:
    """Return the updates of a page in document order, or an empty list.

    The URL and the id of each update are the URL of the page with an anchor.
    """
    live_blogs = [node for node in json_ld_nodes(root) if "LiveBlogPosting" in types_of(node)]
    stated = [item for node in live_blogs for item in _json_ld_updates(node, address)]
    visible = _visible_updates(root, address, order)
    if not stated:
        return visible
    anchors = {_anchor(item) for item in stated}
    return [*stated, *(item for item in visible if _anchor(item) not in anchors)]


def _anchor(item: Item) -> str:
    return (item.url or "").partition("#")[2]


def _json_ld_updates(node: Mapping[str, Any], address: str) -> Iterator[Item]:
    """Yield the updates in the `liveBlogUpdate` property of schema.org."""
    updates = node.get("liveBlogUpdate")
    for number, update in enumerate(updates if isinstance(updates, list) else [updates]):
        if not isinstance(update, Mapping):
            continue
        stated_url = update.get("url") or update.get("@id")
        text = update.get("articleBody")
        url = (absolute(stated_url, address) if isinstance(stated_url, str) else None) or f"{address}#{number}"
        beginning = shorten(text, LONGEST_TITLE) if isinstance(text, str) else None
        title = update.get("headline") or update.get("name") or beginning
        if isinstance(title, str):
            yield Item(id=url, url=url, title=title, content=text, published=update.get("datePublished"))


def _visible_updates(root: Any, address: str, order: str) -> list[Item]:
    """Return the largest group of similar sibling blocks with anchors, most of them with a date."""
    groups: dict[Any, dict[Any, str]] = defaultdict(dict)
    tags = (*HEADINGS, "article", "section", "div", "li", "tr")
    anchored = (element for element in root.iter(*tags) if element.get("id"))
    for element in islice(anchored, MOST):
        anchor = element.get("id")
        if " " not in anchor:
            block = _block(element)
            if block is not None and _REPLIES.isdisjoint(class_words(block)) and not _leads_away(block):
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
    """Return the block of an anchor: the element itself, or the largest one with this heading and no other."""
    if element.tag not in HEADINGS:
        return element
    block = element.getparent()
    for _ in range(HIGHEST):
        parent = block.getparent() if block is not None else None
        if (
            parent is None
            or block.tag not in ("header", "div", "hgroup")
            or _has_many_children(block)
            or _has_other_heading(parent, element)
        ):
            break
        block = parent
    if block is None or block.tag in ("body", "main") or _has_other_heading(block, element):
        return None
    return block


def _has_many_children(block: Any) -> bool:
    return len(list(islice(block.iterchildren(), 3))) > 2


def _has_other_heading(block: Any, heading: Any) -> bool:
    return len(list(islice(block.iter(heading.tag), 2))) > 1


def _leads_away(block: Any) -> bool:
    """Return whether the heading of a block links to another page, as in a list of articles.

    A link elsewhere in the block with the text of the heading counts too.
    """
    heading = next(block.iter(*HEADINGS), None)
    if heading is None:
        return False
    title = _letters(heading)
    same_text = (link for link in islice(block.iter("a"), MOST_LINKS) if _letters(link) == title)
    links = [*heading.iter("a"), *heading.iterancestors("a"), *same_text]
    return any(not (link.get("href") or "#").startswith("#") for link in links)


def _letters(element: Any) -> str:
    return "".join("".join(element.itertext()).split())


def _update(block: Any, anchor: str, address: str, order: str) -> Item | None:
    heading = next(block.iter(*HEADINGS), None)
    title = text_of(heading) if heading is not None else ""
    record = Record([block], title, order)
    paragraphs = [text for paragraph in block.iter("p") if (text := text_of(paragraph))]
    if not title:
        lines = paragraphs or lines_of(block)
        title = shorten(lines[0].split(". ")[0], LONGEST_TITLE) if lines else ""
    url = f"{address}#{quote(anchor, safe='!$&()*+,;=:@/?-._~%')}"
    return (
        Item(id=url, url=url, title=title, summary=" ".join(paragraphs) or None, published=record.date)
        if title
        else None
    )
