"""Small feeds for tests, as a publisher would send them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from html import escape

SYLLABLES = "ba ke li mo nu ra se ti vo za dra fen gol hir jas kor lum mer nis pol".split()


def rss(
    items: Iterable[Mapping[str, str]], title: str = "Example World", link: str = "https://world.example/"
) -> bytes:
    """An RSS 2.0 feed; each item a mapping from element name to its text ("guid", "title", "link", "pubDate", ...)."""
    body = "".join("<item>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in item.items()) + "</item>" for item in items)
    head = f"<title>{escape(title)}</title><link>{escape(link)}</link><description>News</description>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def words(number: int, count: int) -> str:
    """Invented words, other ones for each number: what articles that have nothing to do with each other are made of."""
    chance = random.Random(number)
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(count))


def item(number: int, title: str = "", text: str = "", site: str = "https://world.example") -> dict[str, str]:
    """An item that differs from every other number's in all that identifies it."""
    return {
        "guid": f"tag:world.example,2026:{number}",
        "title": title or words(number, 6).capitalize(),
        "link": f"{site}/news/{number}",
        "pubDate": f"Fri, 20 Nov 2026 {8 + number // 60 % 12:02}:{number % 60:02}:00 GMT",
        "description": text or words(-number - 1, 25).capitalize(),
    }
