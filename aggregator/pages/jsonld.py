"""What a page says of its article in JSON-LD (https://schema.org/Article), as search engines want it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aggregator.text.plain import plain

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
Thing = Mapping[str, Any]
_OTHERS = frozenset("itemListElement hasPart isPartOf relatedLink mentions citation subjectOf comment review".split())
"""Properties whose values are other pages."""


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


def mappings_in(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list, or the one that a value is."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]


def articles(root: Any) -> list[Thing]:
    """The articles that a page states to be what it holds; none from its lists of others. References by `@id` within
    the page are followed."""
    things = list(json_ld(root, but=_OTHERS))
    named = {str(thing["@id"]): thing for thing in things if len(thing) > 2 and "@id" in thing}
    return [_followed(thing, named) for thing in things if _is_article(thing)]


def _is_article(thing: Thing) -> bool:
    return any(name.endswith(("Article", "Posting")) or name == "Report" for name in types_of(thing))


def _followed(thing: Thing, named: Mapping[str, Thing]) -> Thing:
    def follow(value: Any) -> Any:
        if isinstance(value, list):
            return [follow(one) for one in value]
        return named.get(str(value.get("@id")), value) if isinstance(value, dict) and len(value) <= 2 else value

    return {key: follow(value) for key, value in thing.items()}


def texts(value: Any, key: str = "name") -> list[str]:
    """The texts in a value that may be one, an object with it under `key`, or a list of either. Plain."""
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, list):
        return [text for one in value[:50] for text in texts(one, key)]
    return [words] if isinstance(value, str) and (words := plain(value)) else []
