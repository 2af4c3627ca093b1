"""The articles in the JSON that a page's scripts draw it from, as Next.js and others write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.pages.jsonld import LONGEST_JSON, load_json, mappings_in, walk_nodes
from aggregator.pages.listing.json_articles import (
    DATES,
    IMAGES,
    SUMMARIES,
    TITLES,
    name_in,
    picture_in,
    several,
    text_in,
)
from aggregator.pages.tree import count_words
from aggregator.text.urls import absolute

_ADDRESSES = ("url", "href", "link", "permalink", "path", "uri", "canonicalUrl", "canonical_url", "fullUrl", "slug")
_ASSIGNED = re.compile(r"^\s*(?:window|self|globalThis|var|let|const)\b[^=]{0,80}=\s*(?=[{\[])")


def embedded_articles(root: Any, base: str) -> list[Item]:
    """The longest list of articles in the JSON that a page's scripts are given, as Next.js and others write it."""
    best: list[Item] = []
    for script in root.iter("script"):
        kind = (script.get("type") or "").split(";")[0].strip().lower()
        text = script.text or ""
        if kind == "application/json":
            value = load_json(text)
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
    for node in walk_nodes({"": value}):
        for inner in node.values():
            if isinstance(inner, list) and len(found := mappings_in(inner)) >= 3:
                yield found


def _scripted(node: Mapping[str, Any], base: str, page: Any) -> Item | None:
    """An article as a script has it, alone or wrapped (`node`, `attributes`)."""
    for name in ("node", "attributes", "item", "content", "fields", "article"):
        if isinstance(inner := node.get(name), Mapping) and text_in(inner, TITLES):
            node = inner
            break
    title = text_in(node, TITLES)
    url = _script_address(node, base, page)
    if not title or not url or count_words(title) < 3:
        return None
    return Item(
        url=url,
        title=title,
        summary=text_in(node, SUMMARIES),
        published=text_in(node, DATES),
        authors=[who for one in several(node.get("author") or node.get("authors")) if (who := name_in(one))] or None,
        image=next((found for name in IMAGES if (found := picture_in(node.get(name)))), None),
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
