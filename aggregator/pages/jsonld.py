"""What a page says of its article in JSON-LD (https://schema.org/Article), as search engines want it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aggregator.text import plain

Thing = Mapping[str, Any]
_LISTS = (
    "itemListElement",
    "hasPart",
    "isPartOf",
    "relatedLink",
    "mentions",
    "citation",
    "subjectOf",
    "comment",
    "review",
)
"""Properties whose values are other pages."""
_MOST, _DEEPEST = 2_000, 12


def articles(root: Any) -> list[Thing]:
    """The articles that a page states to be what it holds; none from its lists of others. References by `@id` within
    the page are followed."""
    things = list(_things([_read(script) for script in root.iter("script") if "ld+json" in (script.get("type") or "")]))
    named = {str(thing["@id"]): thing for thing in things if len(thing) > 2 and "@id" in thing}
    return [_followed(thing, named) for thing in things if _is_article(thing)]


def _read(script: Any) -> Any:
    try:
        return json.loads(plain_script(script.text or ""), strict=False)
    except (ValueError, RecursionError):
        return None


def plain_script(text: str) -> str:
    """The JSON in a script, without the comment or CDATA marks that some put around it, and a last semicolon."""
    text = text.strip().removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    return text.removeprefix("<!--").removesuffix("-->").strip().removesuffix(";")


def _things(values: Sequence[Any]) -> Iterator[Thing]:
    """All objects in these values and their properties, the outermost first."""
    level: list[Any] = list(values)
    count = 0
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict) and count < _MOST:
                count += 1
                yield value
                below += [one for key, one in value.items() if key not in _LISTS and isinstance(one, dict | list)]
            elif isinstance(value, list):
                below += value[:_MOST]
        level = below


def _is_article(thing: Thing) -> bool:
    kinds = thing.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(n, str) and (n.endswith(("Article", "Posting", "BlogPost")) or n == "Report") for n in names)


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
