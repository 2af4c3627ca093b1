"""Small feeds for tests, as a publisher would send them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape


def rss(
    items: Iterable[Mapping[str, str]], title: str = "Example World", link: str = "https://world.example/"
) -> bytes:
    """An RSS 2.0 feed; each item a mapping from element name to its text ("guid", "title", "link", "pubDate", ...)."""
    body = "".join("<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in item.items()) + "</item>" for item in items)
    head = f"<title>{escape(title)}</title><link>{escape(link)}</link><description>News</description>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def item(number: int, title: str = "", text: str = "", site: str = "https://world.example") -> dict[str, str]:
    """An item that differs from every other number's in all that identifies it."""
    subjects = (
        "bridge",
        "harvest",
        "election",
        "museum",
        "storm",
        "railway",
        "orchestra",
        "telescope",
        "market",
        "river",
    )
    subject = f"{subjects[number % 10]}{number}"
    return {
        "guid": f"tag:world.example,2026:{number}",
        "title": title or f"The {subject} report number {number}",
        "link": f"{site}/news/{number}",
        "pubDate": f"Tue, 24 Nov 2026 {8 + number // 60 % 12:02}:{number % 60:02}:00 GMT",
        "description": text
        or f"What was said about {subject} by witness{number} of town{number * 7}, in {number * 13} words.",
    }
