"""What a page says of its article in JSON-LD (https://schema.org/Article), as search engines want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.pages.listing.json_articles import json_ld, types_of
from aggregator.text.plain import plain

Thing = Mapping[str, Any]
_OTHERS = frozenset("itemListElement hasPart isPartOf relatedLink mentions citation subjectOf comment review".split())
"""Properties whose values are other pages."""


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
