"""Extracts the articles of a page with CSS selectors from the configuration.

Sources: Selectors Level 4, as far as Lexbor implements it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from aggregator.errors import SourceError
from aggregator.model import Item
from aggregator.pages.dates import find_date
from aggregator.pages.document import decode_page
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

MOST_ITEMS = 500
DEEPEST = 3000
"""Maximum nesting of elements; the parser takes quadratic time for it, and ordinary pages have a few dozen levels."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNCLOSED = frozenset(
    """
    area base br col colgroup dd dt embed frame hr img input li link meta option p param source tbody td tfoot th thead
    tr track wbr
    """.split()
)
_ATTRIBUTE = re.compile(r"(.*)@([A-Za-z_:][\w:.-]*)", re.DOTALL)


class Selectors(msgspec.Struct, frozen=True, kw_only=True):
    """CSS selectors of the articles of a page, and of the fields within each article.

    "selector@attribute" selects an attribute, and "@attribute" one of the item itself. `title`, `link`: "" for the
    first link in an item; `date`, `summary`: "" for none.
    """

    items: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""

    def check(self) -> None:
        """Raise SourceError for the first invalid selector."""
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        if not self.items:
            raise SourceError("page: `items` is required with `title`, `link`, `date` or `summary`")
        page = LexborHTMLParser("<p>")
        for name in self.__struct_fields__:
            selector = _split(getattr(self, name))[0]
            try:
                page.css(selector) if selector else []
            except (SelectolaxError, ValueError) as error:
                raise SourceError(f'page: {name} = "{getattr(self, name)}": is not a CSS selector') from error


def read_selected(body: bytes, url: str | None, content_type: str, selectors: Selectors) -> Iterator[Item]:
    """Yield the articles that the selectors match on a page, in document order; at most 500.

    Raises SourceError, in one line, for an invalid selector, and if `items` matches nothing; after the articles, if
    another selector matches nothing in any of them.
    """
    from selectolax.lexbor import LexborHTMLParser

    selectors.check()
    text = decode_page(body, content_type)
    if _is_too_deep(text):
        raise SourceError(f"has more than {DEEPEST} levels of nested elements: not read")
    page = LexborHTMLParser(text)
    elements = page.css(selectors.items)
    if not elements:
        raise SourceError(f'items = "{selectors.items}": matches nothing on this page; has the page changed?')
    base = _base(page, url)
    missing = {name for name in ("title", "link", "date", "summary") if getattr(selectors, name)}
    for element in elements[:MOST_ITEMS]:
        values = {
            name: _value(element, getattr(selectors, name), name) for name in ("title", "link", "date", "summary")
        }
        missing -= {name for name, value in values.items() if value}
        if item := _item(values, base):
            yield item
    if missing:
        name = sorted(missing)[0]
        raise SourceError(f'{name} = "{getattr(selectors, name)}": matches nothing in any of the {len(elements)} items')


def _item(values: dict[str, str], base: str | None) -> Item | None:
    if not values["title"] and not values["link"]:
        return None
    date = values["date"]
    return Item(
        url=absolute(values["link"], base) if values["link"] else None,
        title=values["title"] or None,
        summary=values["summary"] or None,
        published=(find_date(date) or date) if date else None,
        base=base,
    )


def _value(element: Any, selector: str, name: str) -> str:
    """Return what a selector matches in an item, as text; "" for nothing."""
    if not selector:
        if name in ("date", "summary"):
            return ""
        match, attribute = element if element.tag == "a" else element.css_first("a[href]"), ""
    else:
        inner, attribute = _split(selector)
        match = element.css_first(inner) if inner else element
    if match is None:
        return ""
    if not attribute:
        attribute = "href" if name == "link" else "datetime" if name == "date" and match.tag == "time" else ""
    value = match.attributes.get(attribute) if attribute else None
    if value is None and (name == "link" or (attribute and selector.endswith(f"@{attribute}"))):
        return ""
    return value.strip() if value else plain(match.html if name == "summary" else match.text(separator=" "))


def _split(selector: str) -> tuple[str, str]:
    """Split "selector@attribute" into the selector and the attribute, "" for none."""
    match = _ATTRIBUTE.fullmatch(selector.strip())
    return (match[1].strip(), match[2]) if match else (selector.strip(), "")


def _base(page: Any, url: str | None) -> str | None:
    base = page.css_first("base[href]")
    href = base.attributes.get("href") if base is not None else None
    return (absolute(href, url) if href else None) or url


def _is_too_deep(text: str) -> bool:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _UNCLOSED:
            depth += -1 if tag[1] else 1
            if depth > DEEPEST:
                return True
    return False
