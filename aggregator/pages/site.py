"""What a page says of the site that it belongs to."""

from __future__ import annotations

from typing import Any

from aggregator.model import Channel
from aggregator.pages.tree import NOWHERE, address_of, read_tree
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

LONGEST = 100


def channel_of(body: bytes, url: str | None = None, content_type: str = "") -> Channel:
    """The site of a page: its name, the page's address, its language, its icon, as far as it states them. Never raises.

    `body`: the page as received; `url`: its address, if known; `content_type`: the header of that name.
    """
    root = None if content_type.startswith("text/plain") else read_tree(body, content_type)
    if root is None:
        return Channel()
    address = address_of(root, url)
    icons = [one.get("href") for one in root.iter("link") if "icon" in (one.get("rel") or "").lower().split()]
    return Channel(
        title=_name(root),
        url=None if address == NOWHERE else address,
        language=root.get("lang") or None,
        image=absolute(icons[0], address) if icons and icons[0] and address != NOWHERE else None,
    )


def _name(root: Any) -> str | None:
    stated = [one.get("content") for one in root.iter("meta") if one.get("property") == "og:site_name"]
    stated += [one.text for one in root.iter("title")][:1]
    return next((name for one in stated if one and (name := plain(one)[:LONGEST])), None)
