"""What a page says of the articles that it lists in JSON-LD, and how articles are written in JSON at large.

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
DATES = (
    "datePublished", "publishedAt", "published_at", "publishDate", "published", "publicationDate", "pubDate", "date",
    "createdAt", "created_at", "firstPublished", "dateCreated", "timestamp", "uploadDate",
)  # fmt: skip
SUMMARIES = ("description", "excerpt", "summary", "dek", "standfirst", "abstract", "lead", "teaser", "subtitle")
IMAGES = ("image", "thumbnailUrl", "thumbnail", "imageUrl", "coverImage", "heroImage")


def json_ld_articles(root: Any, base: str) -> list[Item]:
    """The articles that a page states in JSON-LD."""
    return list(_from_json_ld(root, base))


def _from_json_ld(root: Any, base: str) -> Iterator[Item]:
    for node in json_ld_nodes(root):
        kinds = types_of(node)
        if "ItemList" in kinds:
            yield from _from_list(node, base)
        elif kinds & ARTICLES and (item := _item(node, base)):
            yield item


def _from_list(node: Mapping[str, Any], base: str) -> Iterator[Item]:
    """An ItemList's elements, where they have names: bare, or wrapped in a ListItem."""
    for element in mappings_in(node.get("itemListElement")):
        inner = element.get("item")
        subject = inner if isinstance(inner, Mapping) else element
        kinds = types_of(subject) - {"ListItem", "Thing", "WebPage", "CreativeWork"}
        if (not kinds or kinds & ARTICLES) and (item := _item(subject, base)):
            yield item


def _item(node: Mapping[str, Any], base: str) -> Item | None:
    title = text_in(node, TITLES)
    url = _address(node, base)
    if not title or not url:
        return None
    return Item(
        url=url,
        title=title,
        summary=text_in(node, SUMMARIES),
        published=text_in(node, DATES),
        authors=[name for one in several(node.get("author")) if (name := name_in(one))] or None,
        image=next((found for name in IMAGES if (found := picture_in(node.get(name)))), None),
    )


def text_in(node: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first text that a node has under one of these names, plain."""
    for name in names:
        value = node.get(name)
        if isinstance(value, Mapping):  # WordPress: {"rendered": "…"}
            value = value.get("rendered") or value.get("text")
        if isinstance(value, str) and (text := plain(value[:2000])):
            return text
        if name in DATES and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _address(node: Mapping[str, Any], base: str) -> str | None:
    for value in (node.get("url"), node.get("@id"), node.get("mainEntityOfPage")):
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value and not value.startswith("#") and (url := absolute(value, base)):
            return url
    return None


def several(value: Any) -> list[Any]:
    """A list of what may be one."""
    return value if isinstance(value, list) else [value]


def name_in(value: Any) -> str | None:
    """The name of a person, who may be a mapping."""
    name = value.get("name") if isinstance(value, Mapping) else value
    return plain(name) or None if isinstance(name, str) and "://" not in name else None


def picture_in(value: Any) -> str | None:
    """The address of a picture, which may be a mapping, or the first of several."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping):
        first = first.get("url") or first.get("contentUrl") or first.get("src")
    return first if isinstance(first, str) and first else None
