"""Each new article of a list in full: asked for once, politely, and not against its site's will."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from aggregator import Channel, FetchError, Http, Item, NotModified, Reading, SourceError, aside

MOST_PAGES = 50
"""Pages that are asked for in a run."""
MOST_KNOWN = 3000
"""Addresses that are remembered."""

_GONE = (404, 410)
_REFUSED = (401, 402, 403, 407, 429, 451)


async def in_full(http: Http, state: dict[str, Any], reading: Reading) -> AsyncIterator[Channel | Item]:
    """What a reading gives, its articles with what their own pages say; those that were asked for before are left out.

    `state`: what is remembered of them. Raises NotModified where none is new, and what the reading raises, at the end.
    """
    parts, error = await aside(gathered, reading.function, reading.arguments)
    known = state.setdefault("read", [])
    new = [part for part in parts if not isinstance(part, Item) or _mark(part) not in known]
    if not error and any(isinstance(part, Item) for part in parts) and not any(isinstance(part, Item) for part in new):
        raise NotModified
    asker = _Asker(http, known)
    for part in new:
        yield await asker.completed(part) if isinstance(part, Item) else part
    state["read"] = known[-MOST_KNOWN:]
    for host, refusal in asker.refused.items():
        print(
            f"page: {host} refuses its pages, and is asked no more: what is left is as the list shows it ({refusal})",
            file=sys.stderr,
        )
    if error:
        raise SourceError(error)


def gathered(function: Any, arguments: tuple[Any, ...]) -> tuple[list[Any], str]:
    """All that a reading gives, and what it raises, in words, or ""."""
    parts = []
    try:
        for part in function(*arguments):
            parts.append(part)
    except SourceError as error:
        return parts, str(error)
    return parts, ""


def _mark(item: Item) -> str:
    return hashlib.blake2b((item.url or "").encode(errors="replace"), digest_size=4).hexdigest()


class _Asker:
    """Asks for pages. `known`: marks of those that need not be asked for again; `refused`: hosts, and why."""

    def __init__(self, http: Http, known: list[str]) -> None:
        self._http = http
        self._known = known
        self._left = MOST_PAGES
        self.refused: dict[str, FetchError] = {}

    async def completed(self, item: Item) -> Item:
        """The item with what its page says, or as it is where it cannot be had."""
        from aggregator.pages import read_article

        url = item.url or ""
        host = urlsplit(url).hostname or ""
        if not host or "#" in url or item.content or host in self.refused or not self._left:
            return item  # an update of a live report is no page of its own
        self._left -= 1
        try:
            response = await self._http.get(url, page=True)
            content_type = response.headers.get("Content-Type", "")
            article = await aside(read_article, response.body, response.url, content_type)
        except FetchError as error:
            self._learn(item, host, error)
            return item
        except (SourceError, TimeoutError):
            article = None  # it ended or held up the parser
        self._known.append(_mark(item))
        return _merged(item, article)

    def _learn(self, item: Item, host: str, error: FetchError) -> None:
        if error.status in _GONE:
            self._known.append(_mark(item))
        elif error.status in _REFUSED or error.kind in ("robots", "held"):
            self.refused[host] = error


def _merged(item: Item, article: Item | None) -> Item:
    """What the list says, completed by the article's own page, which knows its date better."""
    if article is None:
        return item
    item.content = article.content
    item.summary = item.summary or article.summary
    item.authors = article.authors or item.authors
    item.image = article.image or item.image
    item.published = article.published or item.published
    item.updated = article.updated
    item.language = article.language
    item.tags = article.tags
    return item
