"""Reads the articles in the JSON that the scripts of a page render, as Next.js and others embed it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.pages.jsonld import LONGEST_JSON, load_json, mappings_in, walk_nodes
from aggregator.pages.listing.json_articles import TITLES, item_of, text_in
from aggregator.pages.tree import count_words
from aggregator.text.urls import absolute

_URL_KEYS = ("url", "href", "link", "permalink", "path", "uri", "canonicalUrl", "canonical_url", "fullUrl", "slug")
_ASSIGNED = re.compile(r"^\s*(?:window|self|globalThis|var|let|const)\b[^=]{0,80}=\s*(?=[{\[])")


def embedded_articles(root: Any, base: str) -> list[Item]:
    """Return the longest list of articles in the JSON of a page's scripts."""
    best: list[Item] = []
    for script in root.iter("script"):
        kind = (script.get("type") or "").split(";")[0].strip().lower()
        text = script.text or ""
        if kind == "application/json":
            value = load_json(text)
        elif kind in ("", "text/javascript", "module") and (assignment := _ASSIGNED.match(text)):
            value = _leading_json(text[assignment.end() :])
        else:
            continue
        page = value.get("page") if isinstance(value, Mapping) else None
        for nodes in _lists(value):
            items = [item for node in nodes if (item := _item(node, base, page))]
            if len(items) > len(best) and 2 * len(items) > len(nodes):
                best = items
    return best


def _leading_json(text: str) -> Any:
    """Parse the JSON value at the beginning of a text; None if it is invalid or too long."""
    if len(text) > LONGEST_JSON:
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _lists(value: Any) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the lists of three or more mappings in a JSON value."""
    for node in walk_nodes({"": value}):
        for inner in node.values():
            if isinstance(inner, list) and len(mappings := mappings_in(inner)) >= 3:
                yield mappings


def _item(node: Mapping[str, Any], base: str, page: Any) -> Item | None:
    """Return the article of a node, which may wrap it (`node`, `attributes`)."""
    for name in ("node", "attributes", "item", "content", "fields", "article"):
        if isinstance(inner := node.get(name), Mapping) and text_in(inner, TITLES):
            node = inner
            break
    title = text_in(node, TITLES)
    url = _url(node, base, page)
    if not title or not url or count_words(title) < 3:
        return None
    return item_of(node, url, title, node.get("author") or node.get("authors"))


def _url(node: Mapping[str, Any], base: str, page: Any) -> str | None:
    for name in _URL_KEYS:
        value = node.get(name)
        if isinstance(value, Mapping):
            value = value.get("current") or value.get("url") or value.get("href")
        if not isinstance(value, str) or not value or " " in value:
            continue
        if name == "slug" and "/" not in value and isinstance(page, str):
            value = f"{page.split('[')[0].rstrip('/')}/{value}"  # Next.js: the page that lists "/blog/…" is "/blog"
        return absolute(value, base)
    return None
