"""Reads the articles that a page marks up with microdata or microformats.

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
"""Maximum number of articles that are read, and of elements within one."""


def markup_articles(root: Any, base: str) -> Iterator[Item]:
    """Yield the articles of h-entry and microdata elements, in document order."""
    tags = (element for element in root.iter() if isinstance(element.tag, str))
    elements = (element for element in tags if element.get("class") or element.get("itemtype"))
    count = 0
    for element in elements:
        if "h-entry" in (element.get("class") or "").split():
            item = _entry(element, base)
        elif (element.get("itemtype") or "").rpartition("/")[2] in ARTICLES:
            item = _microdata(element, base)
        else:
            continue
        if item:
            yield item
        count += 1
        if count >= MOST_ENTRIES:
            return


def _entry(element: Any, base: str) -> Item | None:
    """Return the article of an h-entry; a note without a name has the summary only."""
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
    return islice((part for part in element.iter() if isinstance(part.tag, str)), MOST_PARTS)


def _classed(element: Any, name: str) -> Any | None:
    return next((part for part in _parts(element) if name in (part.get("class") or "").split()), None)


def _microdata(element: Any, base: str) -> Item | None:
    properties: dict[str, Any] = {}
    for part in _parts(element):
        for name in (part.get("itemprop") or "").split():
            properties.setdefault(name, part)
    title = next((text for name in ("headline", "name") if (text := _property(properties.get(name)))), None)
    url = next((link for name in ("url", "mainEntityOfPage") if (link := _link(properties.get(name), base))), None)
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
    link = element if element.get("href") else element.find(".//a[@href]")
    url = element.get("content") or element.get("itemid") or (link.get("href") if link is not None else None)
    return absolute(url, base) if url else None
