"""A feed whose texts link to earlier reports of their publisher, which ties stories together to a storyline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sample_feeds import rss

OUTPUTS = '[stories]\nwindow = "24h"\n[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
"""A window in which no two of the reports are one story, and an output that shows all of them."""


def entry(number: int, day: int, title: str, html: str = "") -> dict[str, Any]:
    """Return the item of a report. `day`: of November 2026."""
    return {
        "guid": f"g{number}",
        "link": f"https://courier.example/news/{number}",
        "title": title,
        "description": f"{title}, in short.",
        "content:encoded": html or f"<p>{title}, at length.</p>",
        "pubDate": f"{day:02} Nov 2026 12:00:00 GMT",
    }


def link(number: int, tracking: str = "") -> str:
    """Return a text that links to a report."""
    return f'<p>See <a class="x" href="https://courier.example/news/{number}{tracking}">our report</a>.</p>'


def full_texts(items: Sequence[dict[str, Any]]) -> bytes:
    """Return an RSS feed with full texts."""
    namespace = b'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return rss(items).replace(b'version="2.0"', namespace, 1)


CRACKS = entry(1, 1, "Cracks close Ferrier Bridge")
REPAIR = entry(2, 10, "Repair of Ferrier Bridge costs more", link(1) + link(99))
STORM = entry(3, 15, "Weather: storms ahead", link(2))
OPENING = entry(4, 20, "Ferrier Bridge opens again", link(2, "?utm_source=rss&amp;utm_medium=feed"))
