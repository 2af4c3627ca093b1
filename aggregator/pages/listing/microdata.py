"""What a page says of the articles that it lists in its markup: microdata and microformats.

Sources: HTML 5 (microdata) with schema.org's Article and its kinds, microformats2 (h-entry).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.model import Item
from aggregator.pages.jsonld import ARTICLES
from aggregator.pages.tree import text_of
from aggregator.text.urls import absolute

MOST_ENTRIES, MOST_PARTS = 500, 500
"""Elements that are marked as articles, and those in one of them, that are looked at."""


def markup_articles(root: Any, base: str) -> Iterator[Item]:
    """The articles whose elements a page marks as such."""
    marked = (one for one in root.iter() if isinstance(one.tag, str) and (one.get("class") or one.get("itemtype")))
    found = 0
    for element in marked:
        if "h-entry" in (element.get("class") or "").split():
            item = _entry(element, base)
        elif (element.get("itemtype") or "").rpartition("/")[2] in ARTICLES:
            item = _microdata(element, base)
        else:
            continue
        if item:
            yield item
        found += 1
        if found >= MOST_ENTRIES:
            return


def _entry(element: Any, base: str) -> Item | None:
    """An h-entry; a note has no name, and its text stands for it."""
    link = _classed(element, "u-url")
    url = absolute(link.get("href") or "", base) if link is not None else None
    name, content = _classed(element, "p-name"), _classed(element, "e-content")
    if url is None or (name is None and content is None):
        return None
    summary, date = _classed(element, "p-summary"), _classed(element, "dt-published")
    authors = _classed(element, "p-author")
    return Item(
        url=url,
        title=text_of(name) if name is not None else None,
        summary=text_of(summary) if summary is not None else text_of(content) if content is not None else None,
        published=(date.get("datetime") or text_of(date)) if date is not None else None,
        authors=text_of(authors) or None if authors is not None else None,
    )


def _parts(element: Any) -> Iterator[Any]:
    return islice((one for one in element.iter() if isinstance(one.tag, str)), MOST_PARTS)


def _classed(element: Any, name: str) -> Any | None:
    return next((one for one in _parts(element) if name in (one.get("class") or "").split()), None)


def _microdata(element: Any, base: str) -> Item | None:
    properties: dict[str, Any] = {}
    for one in _parts(element):
        for name in (one.get("itemprop") or "").split():
            properties.setdefault(name, one)
    title = next((text for name in ("headline", "name") if (text := _property(properties.get(name)))), None)
    url = next((u for name in ("url", "mainEntityOfPage") if (u := _link(properties.get(name), base))), None)
    if not title or not url:
        return None
    return Item(
        url=url,
        title=title,
        summary=_property(properties.get("description")),
        published=_property(properties.get("datePublished")),
        authors=_property(properties.get("author")),
        image=_property(properties.get("image")),
    )


def _property(element: Any) -> str | None:
    if element is None:
        return None
    return element.get("content") or element.get("datetime") or element.get("src") or text_of(element) or None


def _link(element: Any, base: str) -> str | None:
    if element is None:
        return None
    inner = element if element.get("href") else element.find(".//a[@href]")
    stated = element.get("content") or element.get("itemid") or (inner.get("href") if inner is not None else None)
    return absolute(stated, base) if stated else None
