"""The articles that a page lists."""

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
    """The articles that a page lists, each once, in its order; empty where it lists none. Never raises.

    `body`: the page as received; `url`: its address; `content_type`: the header of that name.
    """
    root = read_tree(body, content_type)
    if root is None:
        return []
    address = page_url(root, url)
    base, own = base_url(root, address), canonical(address)
    order = date_order(" ".join(root.itertext()), (root.get("lang") or "").lower())
    links = [link for link in find_links(root, base) if link.target != own]
    found = find_headlines(links, address, order)
    updates = find_updates(root, address, order)
    if len(updates) > len(found) or (updates and is_live(root)):
        return _placed(updates, address)
    stated = [*json_ld_articles(root, base), *markup_articles(root, base), *embedded_articles(root, base)]
    shown = [_item(one, base) for one in found]
    _forget_moment(shown)
    return _placed(_merged(shown, stated, own), address)


def _placed(items: list[Item], address: str) -> list[Item]:
    """As many as are taken. Where nothing tells the page's address, those within its site are only known by their
    path."""
    for item in items[:MOST_ARTICLES]:
        if address == UNKNOWN_URL and item.url and item.url.startswith(UNKNOWN_URL):
            path = item.id or canonical(item.url) or item.url
            item.id, item.url, item.base = str(path).removeprefix(UNKNOWN_URL.rstrip("/")), None, None
    return items[:MOST_ARTICLES]


def _forget_moment(items: Sequence[Item]) -> None:
    """A moment that all articles share to the second is that at which the page was made."""
    moments = {item.published for item in items}
    if len(items) > FEW and len(moments) == 1 and _TO_THE_SECOND.search(str(*moments)):
        for item in items:
            item.published = None


def _merged(shown: Sequence[Item], stated: Iterable[Item], own: str | None) -> list[Item]:
    """What a page shows, completed by what it states; what it only states is taken where it shows next to nothing."""
    items = {canonical(one.url or ""): one for one in shown}
    for one in stated:
        key = canonical(one.url or "")
        if key == own:
            continue
        if known := items.get(key):
            _complete(known, one)
        elif len(shown) < FEW:
            items[key] = one
    return list(items.values())


def _complete(item: Item, stated: Item) -> None:
    """Data says when and who more exactly than what is shown."""
    item.published = _finer(stated.published, item.published)
    item.authors = item.authors or stated.authors
    item.summary = item.summary or stated.summary
    item.image = item.image or stated.image


def _finer(stated: RoughDate, shown: RoughDate) -> RoughDate:
    return stated if stated and (not shown or len(str(stated)) > len(str(shown))) else shown


def _item(found: Headline, base: str) -> Item:
    record = found.record
    return Item(
        url=found.link.url,
        title=found.link.title,
        summary=record.summary,
        published=record.date or date_in_url(found.link.url),
        authors=record.authors or None,
        image=record.image,
        base=base,
    )
