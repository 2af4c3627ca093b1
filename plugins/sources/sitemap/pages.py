"""Entries that have no title: it is read from their pages, each once, or made of their addresses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote, urlsplit

from aggregator import FetchError, Http, Item, aside

AT_ONCE = 20
"""Entries that are taken in one run."""
GONE = frozenset({404, 410})
REFUSED = frozenset({401, 402, 403, 451})

_ID = re.compile(r"\d{5,}|(?=\w*\d)[0-9a-f]{8,}|(?=\w*\d)(?=\w*[a-z])\w{10,}", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z]{2,5}\d?$", re.IGNORECASE)


async def complete(http: Http, items: Sequence[Item], state: dict[str, Any], *, read: bool) -> AsyncIterator[Item]:
    """Those that were not met before, with titles; the newest of them where there are many.

    `read`: out of their pages. `state`: which were met. The first time all are, so that what is old stays so.
    """
    new = _new(items, state)[:AT_ONCE]
    answers = await asyncio.gather(*(_answer(http, item, read) for item in new))
    for answer in answers:
        if isinstance(answer, Item):
            yield answer
    left = {_mark(item) for item, answer in zip(new, answers, strict=True) if answer is None}
    met = {*state.get("met", ()), *(_mark(item) for item in (new if "met" in state else items))} - left
    state["met"] = [mark for item in items if (mark := _mark(item)) in met]


def has_more(items: Sequence[Item], state: dict[str, Any]) -> bool:
    """Whether some are left for the next run."""
    return bool(_new(items, state))


def _new(items: Sequence[Item], state: dict[str, Any]) -> list[Item]:
    met = frozenset(state.get("met", ()))
    return [item for item in items if _mark(item) not in met]


def _mark(item: Item) -> str:
    return blake2b((item.url or "").encode(errors="replace"), digest_size=8).hexdigest()


async def _answer(http: Http, item: Item, read: bool) -> Item | bool | None:
    """The item with a title, True where there is nothing to show for it, None where it is worth another try."""
    article = None
    if read and item.url:
        try:
            article = await _article(http, item.url)
        except FetchError as error:
            if error.status in GONE:
                return True
            if error.kind != "robots" and error.status not in REFUSED:
                return None
    joined = _joined(article or Item(), item)
    return joined if article or joined.title or not read else True


async def _article(http: Http, url: str) -> Item | None:
    from aggregator.pages import read_article  # which takes its time to load

    response = await http.get(url, page=True)
    article: Item | None = await aside(
        read_article, response.body, response.url, response.headers.get("Content-Type", "")
    )
    return article


def _joined(article: Item, entry: Item) -> Item:
    """What the page says, and the sitemap where it says nothing."""
    article.url = entry.url
    article.title = article.title or title_of(entry.url or "")
    article.updated = article.updated or entry.updated
    article.image = article.image or entry.image
    article.enclosures = article.enclosures or entry.enclosures
    return article


def title_of(url: str) -> str | None:
    """A title out of an address, as far as there are words in it: "/2026/five-bakers-10482.html" -> "Five bakers"."""
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])[:300]
    words = [word for word in re.split(r"[-_+\s]+", _SUFFIX.sub("", last)) if word]
    while words and _ID.fullmatch(words[-1]):
        words.pop()
    while words and _ID.fullmatch(words[0]):
        words.pop(0)
    title = " ".join(words)
    return title[0].upper() + title[1:] if len(words) > 1 else None
