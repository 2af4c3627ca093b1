"""What a page says of the articles that it lists in JSON-LD, and how articles are written in JSON at large.

Sources: schema.org (ItemList, Blog, CollectionPage, Article and its kinds, LiveBlogPosting), JSON-LD 1.1.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

MOST_NODES = 20_000
"""Values of a page's JSON that are looked at."""
DEEPEST = 40
LONGEST_JSON = 5_000_000

ARTICLES = frozenset(
    """
    AnalysisNewsArticle Article AskPublicNewsArticle BackgroundNewsArticle BlogPosting DiscussionForumPosting
    LiveBlogPosting NewsArticle OpinionNewsArticle PodcastEpisode Report ReportageNewsArticle ReviewNewsArticle
    SatiricalArticle ScholarlyArticle SocialMediaPosting TechArticle VideoObject Review Recipe
    """.split()
)
TITLES = ("headline", "title", "name", "titleText", "shortTitle")
DATES = (
    "datePublished", "publishedAt", "published_at", "publishDate", "published", "publicationDate", "pubDate", "date",
    "createdAt", "created_at", "firstPublished", "dateCreated", "timestamp", "uploadDate",
)  # fmt: skip
SUMMARIES = ("description", "excerpt", "summary", "dek", "standfirst", "abstract", "lead", "teaser", "subtitle")
IMAGES = ("image", "thumbnailUrl", "thumbnail", "imageUrl", "coverImage", "heroImage")


def json_ld(root: Any, but: Collection[str] = ()) -> Iterator[Mapping[str, Any]]:
    """The nodes of a page's JSON-LD, those within others included, in document order. `but`: properties whose
    values are passed over."""
    for script in root.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            yield from nodes(loaded(script.text), but)


def nodes(value: Any, but: Collection[str] = ()) -> Iterator[Mapping[str, Any]]:
    """The mappings in a JSON value, each before what it holds; nothing of what stands under the keys `but`."""
    stack, seen = [(value, 0)], 0
    while stack and seen < MOST_NODES:
        one, depth = stack.pop()
        seen += 1
        if isinstance(one, Mapping):
            yield one
        if depth < DEEPEST and isinstance(one, Mapping | list):
            inner = [one[key] for key in one if key not in but] if isinstance(one, Mapping) else one
            stack.extend((child, depth + 1) for child in reversed(list(inner)) if isinstance(child, Mapping | list))


def loaded(text: str | None) -> Any:
    """The value of a JSON text, None for one that is none."""
    if not text or len(text) > LONGEST_JSON:
        return None
    try:
        return json.loads(_bare(text), strict=False)
    except (ValueError, RecursionError):
        return None


def _bare(text: str) -> str:
    """The JSON in a script, without the comment or CDATA marks that some put around it, and a last semicolon."""
    text = text.strip().removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    return text.removeprefix("<!--").removesuffix("-->").strip().removesuffix(";")


def types_of(node: Mapping[str, Any]) -> set[str]:
    """The types of a JSON-LD node, without their vocabulary."""
    stated = node.get("@type")
    return {str(one).rpartition("/")[2] for one in (stated if isinstance(stated, list) else [stated]) if one}


def stated_articles(root: Any, base: str) -> list[Item]:
    """The articles that a page states in JSON-LD."""
    return list(_from_json_ld(root, base))


def _from_json_ld(root: Any, base: str) -> Iterator[Item]:
    for node in json_ld(root):
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


def mappings_in(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list, or the one that a value is."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]


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
