"""Extracts the articles that a page lists, from its links, its JSON-LD, its markup and its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aggregator.model import Item, RoughDate
from aggregator.pages.dates import date_in_url, date_order
from aggregator.pages.listing.embedded_json import embedded_articles
from aggregator.pages.listing.headlines import find_headlines
from aggregator.pages.listing.json_articles import json_ld_articles
from aggregator.pages.listing.link import Headline
from aggregator.pages.listing.links import find_links
from aggregator.pages.listing.live_updates import find_updates, is_live
from aggregator.pages.listing.microdata import markup_articles
from aggregator.pages.tree import UNKNOWN_URL, base_url, page_url, read_tree
from aggregator.text.urls import canonical

MOST_ARTICLES = 500
FEW = 3
_TO_THE_SECOND = re.compile(r":\d\d:(?!00)\d\d")


def read_listing(body: bytes, url: str | None = None, content_type: str = "") -> list[Item]:
    """Return the articles that a page lists, each once, in document order; empty without a list. Never raises.

    `body`: the page as received; `url`: its URL; `content_type`: the `Content-Type` header.
    """
    root = read_tree(body, content_type)
    if root is None:
        return []
    address = page_url(root, url)
    base, own_url = base_url(root, address), canonical(address)
    order = date_order(" ".join(root.itertext()), (root.get("lang") or "").lower())
    links = [link for link in find_links(root, base) if link.target != own_url]
    headlines = find_headlines(links, address, order)
    updates = find_updates(root, address, order)
    if len(updates) > len(headlines) or (updates and is_live(root)):
        return _limited(updates, address)
    stated = [*json_ld_articles(root, base), *markup_articles(root, base), *embedded_articles(root, base)]
    visible = [_item(headline, base) for headline in headlines]
    _drop_page_time(visible)
    return _limited(_merged(visible, stated, own_url), address)


def _limited(items: list[Item], address: str) -> list[Item]:
    """Return the first 500 items; on a page without a URL, those of its site get their path as id and no URL."""
    for item in items[:MOST_ARTICLES]:
        if address == UNKNOWN_URL and item.url and item.url.startswith(UNKNOWN_URL):
            path = item.id or canonical(item.url) or item.url
            item.id, item.url, item.base = str(path).removeprefix(UNKNOWN_URL.rstrip("/")), None, None
    return items[:MOST_ARTICLES]


def _drop_page_time(items: Sequence[Item]) -> None:
    """Remove dates that all items share to the second: that is when the page was generated."""
    moments = {item.published for item in items}
    if len(items) > FEW and len(moments) == 1 and _TO_THE_SECOND.search(str(*moments)):
        for item in items:
            item.published = None


def _merged(visible: Sequence[Item], stated: Iterable[Item], own_url: str | None) -> list[Item]:
    """Complete the visible articles with the stated ones; add the latter only if hardly any are visible."""
    items = {canonical(item.url or ""): item for item in visible}
    for item in stated:
        key = canonical(item.url or "")
        if key == own_url:
            continue
        if known := items.get(key):
            _complete(known, item)
        elif len(visible) < FEW:
            items[key] = item
    return list(items.values())


def _complete(item: Item, stated: Item) -> None:
    """Fill empty fields of an item from its stated counterpart, and take a more precise date from it."""
    item.published = _more_precise(stated.published, item.published)
    item.authors = item.authors or stated.authors
    item.summary = item.summary or stated.summary
    item.image = item.image or stated.image


def _more_precise(stated: RoughDate, visible: RoughDate) -> RoughDate:
    return stated if stated and (not visible or len(str(stated)) > len(str(visible))) else visible


def _item(headline: Headline, base: str) -> Item:
    record = headline.record
    return Item(
        url=headline.link.url,
        title=headline.link.title,
        summary=record.summary,
        published=record.date or date_in_url(headline.link.url),
        authors=record.authors or None,
        image=record.image,
        base=base,
    )
