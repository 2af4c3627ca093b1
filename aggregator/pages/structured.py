"""What a page says of its articles in data: JSON-LD, microdata, microformats, and the JSON that its scripts draw from.

Sources: schema.org (ItemList, Blog, CollectionPage, Article and its kinds, LiveBlogPosting), JSON-LD 1.1, HTML 5
(microdata), microformats2 (h-entry) and its elder hAtom (hentry).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from aggregator.model import Item
from aggregator.pages.tree import text_of, words_in
from aggregator.text import plain
from aggregator.urls import absolute

MOST_NODES = 20_000
"""Values of a page's JSON that are looked at."""
DEEPEST = 40
LONGEST_JSON = 5_000_000
MOST_ENTRIES, MOST_PARTS = 500, 500
"""Elements that are marked as articles, and those in one of them, that are looked at."""

ARTICLES = frozenset(
    """
    AnalysisNewsArticle Article AskPublicNewsArticle BackgroundNewsArticle BlogPosting DiscussionForumPosting
    LiveBlogPosting NewsArticle OpinionNewsArticle PodcastEpisode Report ReportageNewsArticle ReviewNewsArticle
    SatiricalArticle ScholarlyArticle SocialMediaPosting TechArticle VideoObject Review Recipe
    """.split()
)
_TITLES = ("headline", "title", "name", "titleText", "shortTitle")
_ADDRESSES = ("url", "href", "link", "permalink", "path", "uri", "canonicalUrl", "canonical_url", "fullUrl", "slug")
_DATES = (
    "datePublished", "publishedAt", "published_at", "publishDate", "published", "publicationDate", "pubDate", "date",
    "createdAt", "created_at", "firstPublished", "dateCreated", "timestamp", "uploadDate",
)  # fmt: skip
_SUMMARIES = ("description", "excerpt", "summary", "dek", "standfirst", "abstract", "lead", "teaser", "subtitle")
_IMAGES = ("image", "thumbnailUrl", "thumbnail", "imageUrl", "coverImage", "heroImage")
_ASSIGNED = re.compile(r"^\s*(?:window|self|globalThis|var|let|const)\b[^=]{0,80}=\s*(?=[{\[])")


def json_ld(root: Any) -> Iterator[Mapping[str, Any]]:
    """The nodes of a page's JSON-LD, those within others included, in document order."""
    for script in root.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            yield from nodes(_loaded(script.text))


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """The mappings in a JSON value, each before what it holds."""
    stack, seen = [(value, 0)], 0
    while stack and seen < MOST_NODES:
        one, depth = stack.pop()
        seen += 1
        if isinstance(one, Mapping):
            yield one
        if depth < DEEPEST and isinstance(one, Mapping | list):
            inner = one.values() if isinstance(one, Mapping) else one
            stack.extend((child, depth + 1) for child in reversed(list(inner)) if isinstance(child, Mapping | list))


def _loaded(text: str | None) -> Any:
    if not text or len(text) > LONGEST_JSON:
        return None
    try:
        return json.loads(text.strip().removeprefix("<!--").removesuffix("-->").rstrip("; \n"), strict=False)
    except (ValueError, RecursionError):
        return None


def types_of(node: Mapping[str, Any]) -> set[str]:
    """The types of a JSON-LD node, without their vocabulary."""
    stated = node.get("@type")
    return {str(one).rpartition("/")[2] for one in (stated if isinstance(stated, list) else [stated]) if one}


def stated_articles(root: Any, base: str) -> list[Item]:
    """The articles that a page states in JSON-LD, microdata or microformats."""
    return [*_from_json_ld(root, base), *_from_entries(root, base)]


def _from_json_ld(root: Any, base: str) -> Iterator[Item]:
    for node in json_ld(root):
        kinds = types_of(node)
        if "ItemList" in kinds:
            yield from _from_list(node, base)
        elif kinds & ARTICLES and (item := _item(node, base)):
            yield item


def _from_list(node: Mapping[str, Any], base: str) -> Iterator[Item]:
    """An ItemList's elements, where they have names: bare, or wrapped in a ListItem."""
    for element in _listed(node.get("itemListElement")):
        inner = element.get("item")
        subject = inner if isinstance(inner, Mapping) else element
        kinds = types_of(subject) - {"ListItem", "Thing", "WebPage", "CreativeWork"}
        if (not kinds or kinds & ARTICLES) and (item := _item(subject, base)):
            yield item


def _listed(value: Any) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]


def _item(node: Mapping[str, Any], base: str) -> Item | None:
    title = _text(node, _TITLES)
    url = _address(node, base)
    if not title or not url:
        return None
    return Item(
        url=url,
        title=title,
        summary=_text(node, _SUMMARIES),
        published=_text(node, _DATES),
        authors=[name for one in _several(node.get("author")) if (name := _name(one))] or None,
        image=next((found for name in _IMAGES if (found := _picture(node.get(name)))), None),
    )


def _text(node: Mapping[str, Any], names: Iterable[str]) -> str | None:
    for name in names:
        value = node.get(name)
        if isinstance(value, Mapping):  # WordPress: {"rendered": "…"}
            value = value.get("rendered") or value.get("text")
        if isinstance(value, str) and (text := plain(value[:2000])):
            return text
        if name in _DATES and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _address(node: Mapping[str, Any], base: str) -> str | None:
    for value in (node.get("url"), node.get("@id"), node.get("mainEntityOfPage")):
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value and not value.startswith("#") and (url := absolute(value, base)):
            return url
    return None


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(value: Any) -> str | None:
    name = value.get("name") if isinstance(value, Mapping) else value
    return plain(name) or None if isinstance(name, str) and "://" not in name else None


def _picture(value: Any) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping):
        first = first.get("url") or first.get("contentUrl") or first.get("src")
    return first if isinstance(first, str) and first else None


def _from_entries(root: Any, base: str) -> Iterator[Item]:
    """Elements marked as an article each: microdata's and microformats'."""
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


def script_articles(root: Any, base: str) -> list[Item]:
    """The longest list of articles in the JSON that a page's scripts are given, as Next.js and others write it."""
    best: list[Item] = []
    for script in root.iter("script"):
        kind = (script.get("type") or "").split(";")[0].strip().lower()
        text = script.text or ""
        if kind == "application/json":
            value = _loaded(text)
        elif kind in ("", "text/javascript", "module") and (found := _ASSIGNED.match(text)):
            value = _begun(text[found.end() :])
        else:
            continue
        page = value.get("page") if isinstance(value, Mapping) else None
        for lists in _lists(value):
            items = [item for node in lists if (item := _scripted(node, base, page))]
            if len(items) > len(best) and 2 * len(items) > len(lists):
                best = items
    return best


def _begun(text: str) -> Any:
    if len(text) > LONGEST_JSON:
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _lists(value: Any) -> Iterator[list[Mapping[str, Any]]]:
    for node in nodes({"": value}):
        for inner in node.values():
            if isinstance(inner, list) and len(found := _listed(inner)) >= 3:
                yield found


def _scripted(node: Mapping[str, Any], base: str, page: Any) -> Item | None:
    """An article as a script has it, alone or wrapped (`node`, `attributes`)."""
    for name in ("node", "attributes", "item", "content", "fields", "article"):
        if isinstance(inner := node.get(name), Mapping) and _text(inner, _TITLES):
            node = inner
            break
    title = _text(node, _TITLES)
    url = _script_address(node, base, page)
    if not title or not url or words_in(title) < 3:
        return None
    return Item(
        url=url,
        title=title,
        summary=_text(node, _SUMMARIES),
        published=_text(node, _DATES),
        authors=[who for one in _several(node.get("author") or node.get("authors")) if (who := _name(one))] or None,
        image=next((found for name in _IMAGES if (found := _picture(node.get(name)))), None),
    )


def _script_address(node: Mapping[str, Any], base: str, page: Any) -> str | None:
    for name in _ADDRESSES:
        value = node.get(name)
        if isinstance(value, Mapping):
            value = value.get("current") or value.get("url") or value.get("href")
        if not isinstance(value, str) or not value or " " in value:
            continue
        if name == "slug" and "/" not in value and isinstance(page, str):
            value = f"{page.split('[')[0].rstrip('/')}/{value}"  # Next.js: the page that lists "/blog/…" is "/blog"
        return absolute(value, base)
    return None
