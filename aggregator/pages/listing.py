"""The articles that a page lists."""

from __future__ import annotations

from typing import Any

from aggregator.model import Item
from aggregator.pages.headlines import Headline, headlines
from aggregator.pages.links import links_of
from aggregator.pages.stated import date_of_address
from aggregator.pages.tree import base_of, read_tree
from aggregator.urls import canonical

MOST_ARTICLES = 500


def read_listing(body: bytes, url: str | None = None, content_type: str = "") -> list[Item]:
    """The articles that a page lists, each once, in its order; empty where it lists none. Never raises.

    `body`: the page as received; `url`: its address; `content_type`: the header of that name.
    """
    root = read_tree(body, content_type)
    if root is None:
        return []
    base = base_of(root, url)
    links = [link for link in links_of(root, base) if link.target != (url and canonical(url))]
    language = (root.get("lang") or "").lower()
    return [_item(one, base) for one in headlines(links, language)[:MOST_ARTICLES]]


def _item(found: Headline, base: str | None) -> Item:
    record = found.record
    return Item(
        url=found.link.url,
        title=found.link.title,
        summary=record.summary(),
        published=record.date() or date_of_address(found.link.url),
        authors=record.authors() or None,
        image=record.image(),
        base=base,
    )
