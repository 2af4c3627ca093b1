"""Reads the articles that a page lists in JSON-LD, and the usual fields of articles in any JSON.

Sources: schema.org (ItemList, Blog, CollectionPage, Article and its kinds, LiveBlogPosting), JSON-LD 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.pages.jsonld import ARTICLES, json_ld_nodes, mappings_in, types_of
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

TITLES = ("headline", "title", "name", "titleText", "shortTitle")
_DATES = (
    "datePublished", "publishedAt", "published_at", "publishDate", "published", "publicationDate", "pubDate", "date",
    "createdAt", "created_at", "firstPublished", "dateCreated", "timestamp", "uploadDate",
)  # fmt: skip
_SUMMARIES = ("description", "excerpt", "summary", "dek", "standfirst", "abstract", "lead", "teaser", "subtitle")
_IMAGES = ("image", "thumbnailUrl", "thumbnail", "imageUrl", "coverImage", "heroImage")


def json_ld_articles(root: Any, base: str) -> list[Item]:
    """Return the articles that a page lists in JSON-LD."""
    return list(_from_json_ld(root, base))


def _from_json_ld(root: Any, base: str) -> Iterator[Item]:
    for node in json_ld_nodes(root):
        types = types_of(node)
        if "ItemList" in types:
            yield from _from_list(node, base)
        elif types & ARTICLES and (item := _item(node, base)):
            yield item


def _from_list(node: Mapping[str, Any], base: str) -> Iterator[Item]:
    """Yield the elements of an ItemList that have titles, wrapped in a ListItem or not."""
    for element in mappings_in(node.get("itemListElement")):
        inner = element.get("item")
        subject = inner if isinstance(inner, Mapping) else element
        types = types_of(subject) - {"ListItem", "Thing", "WebPage", "CreativeWork"}
        if (not types or types & ARTICLES) and (item := _item(subject, base)):
            yield item


def _item(node: Mapping[str, Any], base: str) -> Item | None:
    title = text_in(node, TITLES)
    url = _url(node, base)
    return item_of(node, url, title, node.get("author")) if title and url else None


def item_of(node: Mapping[str, Any], url: str, title: str, authors: Any) -> Item:
    """Return the article of a node with this URL and title. `authors`: the value with one or more of them."""
    return Item(
        url=url,
        title=title,
        summary=text_in(node, _SUMMARIES),
        published=text_in(node, _DATES),
        authors=[name for who in _as_list(authors) if (name := _name_in(who))] or None,
        image=next((image for name in _IMAGES if (image := _picture_in(node.get(name)))), None),
    )


def text_in(node: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """Return the first text under one of these names as plain text; a number too, if the name is that of a date."""
    for name in names:
        value = node.get(name)
        if isinstance(value, Mapping):  # WordPress: {"rendered": "…"}
            value = value.get("rendered") or value.get("text")
        if isinstance(value, str) and (text := plain(value[:2000])):
            return text
        if name in _DATES and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _url(node: Mapping[str, Any], base: str) -> str | None:
    for value in (node.get("url"), node.get("@id"), node.get("mainEntityOfPage")):
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value and not value.startswith("#") and (url := absolute(value, base)):
            return url
    return None


def _as_list(value: Any) -> list[Any]:
    """Return a list as it is, and any other value as a list of one."""
    return value if isinstance(value, list) else [value]


def _name_in(value: Any) -> str | None:
    """Return the name of a person: a text, or a mapping with a `name`."""
    name = value.get("name") if isinstance(value, Mapping) else value
    return plain(name) or None if isinstance(name, str) and "://" not in name else None


def _picture_in(value: Any) -> str | None:
    """Return the URL of a picture: a text, a mapping, or the first item of a list."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping):
        first = first.get("url") or first.get("contentUrl") or first.get("src")
    return first if isinstance(first, str) and first else None
