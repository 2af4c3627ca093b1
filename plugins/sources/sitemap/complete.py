"""Completes entries without a title from their pages, each fetched once, or from their addresses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote, urlsplit

from aggregator import FetchError, Http, Item

from ..._article_page import GONE, REFUSED, fetch_article

MAX_COMPLETED = 20
"""Entries completed in one run."""

_ID = re.compile(r"\d{5,}|(?=\w*\d)[0-9a-f]{8,}|(?=\w*\d)(?=\w*[a-z])\w{10,}", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z]{2,5}\d?$", re.IGNORECASE)


async def complete_items(
    http: Http, items: Sequence[Item], state: dict[str, Any], *, fetch_pages: bool
) -> AsyncIterator[Item]:
    """Yield the new items with titles; only the newest if there are many.

    `fetch_pages`: complete them from their pages. `state`: digests of the addresses already read. After the first run
    these are all addresses, so that old articles are not read later.
    """
    new = _new(items, state)[:MAX_COMPLETED]
    results = await asyncio.gather(*(_complete(http, item, fetch_pages) for item in new))
    for result in results:
        if isinstance(result, Item):
            yield result
    failed = {_digest(item) for item, result in zip(new, results, strict=True) if result is None}
    known = {*state.get("met", ()), *(_digest(item) for item in (new if "met" in state else items))} - failed
    state["met"] = [digest for item in items if (digest := _digest(item)) in known]


def has_more(items: Sequence[Item], state: dict[str, Any]) -> bool:
    """Whether items are left for the next run."""
    return bool(_new(items, state))


def _new(items: Sequence[Item], state: dict[str, Any]) -> list[Item]:
    known = frozenset(state.get("met", ()))
    return [item for item in items if _digest(item) not in known]


def _digest(item: Item) -> str:
    return blake2b((item.url or "").encode(errors="replace"), digest_size=8).hexdigest()


async def _complete(http: Http, item: Item, fetch_pages: bool) -> Item | bool | None:
    """Return the item with a title, True if it has no article, or None to try again in the next run."""
    article = None
    if fetch_pages and item.url:
        try:
            article = await fetch_article(http, item.url)
        except FetchError as error:
            if error.status in GONE:
                return True
            if error.kind != "robots" and error.status not in REFUSED:
                return None
    merged = _merged(article or Item(), item)
    return merged if article or merged.title or not fetch_pages else True


def _merged(article: Item, entry: Item) -> Item:
    """Merge page and sitemap; the page takes precedence."""
    article.url = entry.url
    article.title = article.title or title_of(entry.url or "")
    article.updated = article.updated or entry.updated
    article.image = article.image or entry.image
    article.enclosures = article.enclosures or entry.enclosures
    return article


def title_of(url: str) -> str | None:
    """Derive a title from the words of an address: "/2026/five-bakers-10482.html" -> "Five bakers"."""
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])[:300]
    words = [word for word in re.split(r"[-_+\s]+", _SUFFIX.sub("", last)) if word]
    while words and _ID.fullmatch(words[-1]):
        words.pop()
    while words and _ID.fullmatch(words[0]):
        words.pop(0)
    title = " ".join(words)
    return title[0].upper() + title[1:] if len(words) > 1 else None
