"""Builds small RSS feeds with invented text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from html import escape

SYLLABLES = "ba ke li mo nu ra se ti vo za dra fen gol hir jas kor lum mer nis pol".split()


def rss(
    items: Iterable[Mapping[str, str]], title: str = "Example World", link: str = "https://world.example/"
) -> bytes:
    """Build an RSS 2.0 feed. Each item maps element names ("guid", "title", "link", "pubDate", ...) to texts."""
    body = "".join("<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in item.items()) + "</item>" for item in items)
    head = f"<title>{escape(title)}</title><link>{escape(link)}</link><description>News</description>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def words(number: int, count: int) -> str:
    """Return invented words that differ for each number, for articles that share no vocabulary."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(count))


def item(number: int, title: str = "", text: str = "", site: str = "https://world.example") -> dict[str, str]:
    """Return an item whose guid, title, link, date and text are those of this number only."""
    return {
        "guid": f"tag:world.example,2026:{number}",
        "title": title or words(number, 6).capitalize(),
        "link": f"{site}/news/{number}",
        "pubDate": f"Fri, 20 Nov 2026 {8 + number // 60 % 12:02}:{number % 60:02}:00 GMT",
        "description": text or words(-number - 1, 25).capitalize(),
    }
