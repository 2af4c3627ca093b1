"""Reads what a page states about its site: name, URL, language, icon."""

from __future__ import annotations

from typing import Any

from aggregator.model import Channel
from aggregator.pages.tree import UNKNOWN_URL, page_url, read_tree
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

LONGEST = 100


def channel_of(body: bytes, url: str | None = None, content_type: str = "") -> Channel:
    """Return the name, language and icon of the site, and the URL of the page, as far as stated. Never raises.

    `body`: the page as received; `url`: its URL, if known; `content_type`: the `Content-Type` header.
    """
    root = None if content_type.startswith("text/plain") else read_tree(body, content_type)
    if root is None:
        return Channel()
    address = page_url(root, url)
    icons = [link.get("href") for link in root.iter("link") if "icon" in (link.get("rel") or "").lower().split()]
    return Channel(
        title=_name(root),
        url=None if address == UNKNOWN_URL else address,
        language=root.get("lang") or None,
        image=absolute(icons[0], address) if icons and icons[0] and address != UNKNOWN_URL else None,
    )


def _name(root: Any) -> str | None:
    names = [meta.get("content") for meta in root.iter("meta") if meta.get("property") == "og:site_name"]
    names += [title.text for title in root.iter("title")][:1]
    return next((name for text in names if text and (name := plain(text)[:LONGEST])), None)
