"""Reads the JSON-LD of a page, and finds the article that the page describes in it.

Sources: JSON-LD 1.1, https://schema.org/Article.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aggregator.text.plain import plain

Node = Mapping[str, Any]

MOST_NODES = 20_000
"""Maximum number of values that are read from one JSON text."""
DEEPEST = 40
LONGEST_JSON = 5_000_000

ARTICLES = frozenset(
    """
    AnalysisNewsArticle Article AskPublicNewsArticle BackgroundNewsArticle BlogPosting DiscussionForumPosting
    LiveBlogPosting NewsArticle OpinionNewsArticle PodcastEpisode Report ReportageNewsArticle ReviewNewsArticle
    SatiricalArticle ScholarlyArticle SocialMediaPosting TechArticle VideoObject Review Recipe
    """.split()
)
_OTHER_PAGES = frozenset(
    "itemListElement hasPart isPartOf relatedLink mentions citation subjectOf comment review".split()
)
"""Properties whose values describe other pages."""


def json_ld_nodes(root: Any, skip: Collection[str] = ()) -> Iterator[Node]:
    """Yield the JSON-LD nodes of a page, nested ones included, in document order.

    `skip`: properties whose values are ignored.
    """
    for script in root.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            yield from walk_nodes(load_json(script.text), skip)


def walk_nodes(value: Any, skip: Collection[str] = ()) -> Iterator[Node]:
    """Yield the mappings in a JSON value in pre-order, without the values of the keys in `skip`."""
    stack, visited = [(value, 0)], 0
    while stack and visited < MOST_NODES:
        current, depth = stack.pop()
        visited += 1
        if isinstance(current, Mapping):
            yield current
        if depth < DEEPEST and isinstance(current, Mapping | list):
            inner = [current[key] for key in current if key not in skip] if isinstance(current, Mapping) else current
            stack.extend((child, depth + 1) for child in reversed(list(inner)) if isinstance(child, Mapping | list))


def load_json(text: str | None) -> Any:
    """Parse a JSON text; None if it is invalid, empty or too long."""
    if not text or len(text) > LONGEST_JSON:
        return None
    try:
        return json.loads(_strip_markup(text), strict=False)
    except (ValueError, RecursionError):
        return None


def _strip_markup(text: str) -> str:
    """Remove the comment or CDATA markers around the JSON in a script, and a trailing semicolon."""
    text = text.strip().removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    return text.removeprefix("<!--").removesuffix("-->").strip().removesuffix(";")


def types_of(node: Node) -> set[str]:
    """Return the types of a JSON-LD node, without their vocabulary."""
    types = node.get("@type")
    return {str(name).rpartition("/")[2] for name in (types if isinstance(types, list) else [types]) if name}


def mappings_in(value: Any) -> list[Node]:
    """Return the mappings in a list, or a single mapping as a list."""
    values = value if isinstance(value, list) else [value]
    return [mapping for mapping in values if isinstance(mapping, Mapping)]


def article_nodes(root: Any) -> list[Node]:
    """Return the articles that the page describes as its own content, not those of lists.

    References by `@id` within the page are resolved.
    """
    all_nodes = list(json_ld_nodes(root, skip=_OTHER_PAGES))
    by_id = {str(node["@id"]): node for node in all_nodes if len(node) > 2 and "@id" in node}
    return [_resolve_references(node, by_id) for node in all_nodes if _is_article(node)]


def _is_article(node: Node) -> bool:
    return any(name.endswith(("Article", "Posting")) or name == "Report" for name in types_of(node))


def _resolve_references(node: Node, by_id: Mapping[str, Node]) -> Node:
    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(item) for item in value]
        return by_id.get(str(value.get("@id")), value) if isinstance(value, dict) and len(value) <= 2 else value

    return {key: resolve(value) for key, value in node.items()}


def texts_in(value: Any, key: str = "name") -> list[str]:
    """Return the texts in a value as plain text: the value may be a text, an object with one under `key`, or a list."""
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, list):
        return [text for item in value[:50] for text in texts_in(item, key)]
    return [text] if isinstance(value, str) and (text := plain(value)) else []
