"""The articles of a page where somebody has said, in CSS selectors, which elements they are.

Sources: Selectors Level 4, as far as Lexbor knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from aggregator.errors import SourceError
from aggregator.model import Item
from aggregator.pages.dates import date_in
from aggregator.pages.document import decoded
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

MOST_ITEMS = 500
DEEPEST = 3000
"""Elements within each other; the parser takes quadratic time for them, and honest pages have a few dozen."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNCLOSED = frozenset(
    """
    area base br col colgroup dd dt embed frame hr img input li link meta option p param source tbody td tfoot th thead
    tr track wbr
    """.split()
)
_ATTRIBUTE = re.compile(r"(.*)@([A-Za-z_:][\w:.-]*)", re.DOTALL)


class Selectors(msgspec.Struct, frozen=True, kw_only=True):
    """Which elements are the articles of a page, and which within each of them say what.

    Each is a CSS selector; "selector@attribute" takes an attribute, and "@attribute" that of the item itself. `title`,
    `link`: "" for the first link in an item; `date`, `summary`: "" for none.
    """

    items: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""

    def check(self) -> None:
        """Raises SourceError that names the first selector that is none."""
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        if not self.items:
            raise SourceError("page: `items` is needed where `title`, `link`, `date` or `summary` is given")
        page = LexborHTMLParser("<p>")
        for name in self.__struct_fields__:
            selector = _split(getattr(self, name))[0]
            try:
                page.css(selector) if selector else []
            except (SelectolaxError, ValueError) as error:
                raise SourceError(f'page: {name} = "{getattr(self, name)}": is no CSS selector') from error


def read_selected(body: bytes, url: str | None, content_type: str, selectors: Selectors) -> Iterator[Item]:
    """The articles that the selectors find on a page, in its order; the first 500.

    Raises SourceError, in one line, for a selector that is none, and where `items` finds nothing; and after the
    articles, for another that finds nothing in any of them.
    """
    from selectolax.lexbor import LexborHTMLParser

    selectors.check()
    text = decoded(body, content_type)
    if _is_too_deep(text):
        raise SourceError(f"has more than {DEEPEST} elements within each other: not read")
    page = LexborHTMLParser(text)
    found = page.css(selectors.items)
    if not found:
        raise SourceError(f'items = "{selectors.items}": finds nothing on this page; has it changed?')
    base = _base(page, url)
    missing = {name for name in ("title", "link", "date", "summary") if getattr(selectors, name)}
    for element in found[:MOST_ITEMS]:
        values = {
            name: _value(element, getattr(selectors, name), name) for name in ("title", "link", "date", "summary")
        }
        missing -= {name for name, value in values.items() if value}
        if item := _item(values, base):
            yield item
    if missing:
        name = sorted(missing)[0]
        raise SourceError(f'{name} = "{getattr(selectors, name)}": finds nothing in any of the {len(found)} items')


def _item(values: dict[str, str], base: str | None) -> Item | None:
    if not values["title"] and not values["link"]:
        return None
    date = values["date"]
    return Item(
        url=absolute(values["link"], base) if values["link"] else None,
        title=values["title"] or None,
        summary=values["summary"] or None,
        published=(date_in(date) or date) if date else None,
        base=base,
    )


def _value(element: Any, selector: str, name: str) -> str:
    """What a selector finds in an item, as text; "" for nothing."""
    if not selector:
        if name in ("date", "summary"):
            return ""
        found, attribute = element if element.tag == "a" else element.css_first("a[href]"), ""
    else:
        inner, attribute = _split(selector)
        found = element.css_first(inner) if inner else element
    if found is None:
        return ""
    if not attribute:
        attribute = "href" if name == "link" else "datetime" if name == "date" and found.tag == "time" else ""
    value = found.attributes.get(attribute) if attribute else None
    if value is None and (name == "link" or (attribute and selector.endswith(f"@{attribute}"))):
        return ""
    return value.strip() if value else plain(found.html if name == "summary" else found.text(separator=" "))


def _split(selector: str) -> tuple[str, str]:
    """A selector, and the attribute that stands behind it, or ""."""
    found = _ATTRIBUTE.fullmatch(selector.strip())
    return (found[1].strip(), found[2]) if found else (selector.strip(), "")


def _base(page: Any, url: str | None) -> str | None:
    stated = page.css_first("base[href]")
    href = stated.attributes.get("href") if stated is not None else None
    return (absolute(href, url) if href else None) or url


def _is_too_deep(text: str) -> bool:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _UNCLOSED:
            depth += -1 if tag[1] else 1
            if depth > DEEPEST:
                return True
    return False
