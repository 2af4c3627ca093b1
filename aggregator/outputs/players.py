"""Finds the audio or video of an article that a page can offer."""

from __future__ import annotations

import msgspec

from aggregator.model import Article
from aggregator.outputs.enclosures import media_enclosures
from aggregator.outputs.text import web_address


class Player(msgspec.Struct, frozen=True):
    """An audio or video file. `kind`: "audio" or "video"; `href`: its address; `minutes`: None if unknown."""

    kind: str
    href: str
    type: str
    minutes: int | None = None


def player(article: Article) -> Player | None:
    """Return the first audio or video of an article."""
    for enclosure in media_enclosures(article):
        kind = (enclosure.type or "").partition("/")[0]
        address = web_address(enclosure.url)
        if kind in ("audio", "video") and address:
            minutes = max(1, round(enclosure.duration / 60)) if enclosure.duration else None
            return Player(kind, address, enclosure.type or "", minutes)
    return None
