"""Read what a feed states about itself: title, home page, language, picture, schedule and hub."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aggregator.feeds.element_names import element_name
from aggregator.feeds.text_types import atom_title, join, rss_text, text_of
from aggregator.model import Channel

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_NUMBER = re.compile(r"\d{1,6}")
_DAY = re.compile(r"[A-Z][a-z]+day")


def channel_of(root: Any, url: str) -> Channel:
    """Return the metadata of a feed. `root`: its root element, of which entries may have been removed; `url`: of the
    document."""
    is_atom = element_name(root.tag) in ("atom:feed", "feed")
    elements = _elements(root)
    if not is_atom:
        channel = next(iter(elements.get("channel", ())), None)
        if channel is not None:
            inner = _elements(channel)
            elements = {name: [*first, *elements.get(name, ())] for name, first in inner.items()} | {
                name: outer for name, outer in elements.items() if name not in inner
            }
    links = _links(elements)
    return Channel(
        title=_title(elements),
        url=_home(elements, links, url, is_atom=is_atom),
        language=_language(elements, root),
        image=_image(elements),
        hub=next((address for relation, address in links if relation == "hub"), None),
        ttl=_ttl(elements),
        skip_hours=tuple(int(hour) % 24 for hour in _listed(elements, "skiphours") if _NUMBER.fullmatch(hour)),
        skip_days=tuple(day for day in _listed(elements, "skipdays") if _DAY.fullmatch(day)),
    )


def _elements(element: Any) -> dict[str, list[Any]]:
    """Return the children of an element by name, without entries."""
    elements: dict[str, list[Any]] = {}
    for child in element:
        tag = child.tag
        name = element_name(tag) if isinstance(tag, str) else ""
        if name and not name.endswith(("item", "entry")):
            elements.setdefault(name, []).append(child)
    return elements


def _text(elements: Mapping[str, list[Any]], *names: str) -> str | None:
    texts = ((element.text or "").strip() for name in names for element in elements.get(name, ()))
    return next(filter(None, texts), None)


def _title(elements: Mapping[str, list[Any]]) -> str | None:
    for name in ("title", "dc:title"):
        for element in elements.get(name, ()):
            if title := rss_text(text_of(element)):
                return title
    return next((title for element in elements.get("atom:title", ()) if (title := atom_title(element))), None)


def _links(elements: Mapping[str, list[Any]]) -> list[tuple[str, str]]:
    """Return relation and address of each link written as in Atom."""
    links = [*elements.get("atom:link", ()), *elements.get("link", ())]
    return [(link.get("rel") or "alternate", link.get("href")) for link in links if link.get("href")]


def _home(elements: Mapping[str, list[Any]], links: list[tuple[str, str]], url: str, *, is_atom: bool) -> str | None:
    stated = None if is_atom else _text(elements, "link")
    address = stated or next((address for relation, address in links if relation == "alternate"), None)
    return join(url, address.strip()) if address else None


def _image(elements: Mapping[str, list[Any]]) -> str | None:
    for element in (*elements.get("image", ()), *elements.get("itunes:image", ())):
        if address := element.findtext("{*}url") or element.get("href"):
            return str(address).strip()
    return _text(elements, "atom:logo", "logo", "atom:icon", "icon")


def _language(elements: Mapping[str, list[Any]], root: Any) -> str | None:
    return _text(elements, "language", "dc:language") or root.get(_LANGUAGE)


def _ttl(elements: Mapping[str, list[Any]]) -> float | None:
    """Return the seconds between requests that a feed asks for: RSS 2.0 `ttl`, or the syndication module of RSS 1.0."""
    minutes = _text(elements, "ttl") or ""
    if _NUMBER.fullmatch(minutes):
        return float(minutes) * 60
    seconds = _PERIODS.get((_text(elements, "sy:updateperiod") or "").lower())
    frequency = _text(elements, "sy:updatefrequency") or ""
    if seconds and _NUMBER.fullmatch(frequency):
        return seconds / max(int(frequency), 1)
    return float(seconds) if seconds else None


def _listed(elements: Mapping[str, list[Any]], name: str) -> list[str]:
    return [(child.text or "").strip() for element in elements.get(name, ()) for child in element]
