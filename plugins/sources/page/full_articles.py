"""Fetches the page of each new article of a list once, except at sites that refuse."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from aggregator import Channel, FetchError, Http, Item, NotModified, Reading, SourceError, aside

from ..._article_page import GONE, REFUSED, fetch_article

MAX_PAGES = 50
"""Pages fetched in a run."""
MAX_REMEMBERED = 3000
"""Addresses in the state."""

_REFUSED = REFUSED | {407, 429}


async def fetch_articles(http: Http, state: dict[str, Any], reading: Reading) -> AsyncIterator[Channel | Item]:
    """Yield the parts of a reading, its articles completed from their pages, without the articles of earlier runs.

    `state`: digests of the addresses fetched. Raises NotModified if no article is new, and, at the end, the error of
    the reading.
    """
    parts, error = await aside(collect_parts, reading.function, reading.arguments)
    known = state.setdefault("read", [])
    new = [part for part in parts if not isinstance(part, Item) or _digest(part) not in known]
    if not error and any(isinstance(part, Item) for part in parts) and not any(isinstance(part, Item) for part in new):
        raise NotModified
    fetcher = _Fetcher(http, known)
    for part in new:
        yield await fetcher.complete(part) if isinstance(part, Item) else part
    state["read"] = known[-MAX_REMEMBERED:]
    for host, refusal in fetcher.refused.items():
        print(
            f"page: {host} refuses requests for articles; no more are sent in this run ({refusal})",
            file=sys.stderr,
        )
    if error:
        raise SourceError(error)


def collect_parts(function: Any, arguments: tuple[Any, ...]) -> tuple[list[Any], str]:
    """Return all parts of a reading, and the message of its SourceError, or ""."""
    parts = []
    try:
        for part in function(*arguments):
            parts.append(part)
    except SourceError as error:
        return parts, str(error)
    return parts, ""


def _digest(item: Item) -> str:
    return hashlib.blake2b((item.url or "").encode(errors="replace"), digest_size=4).hexdigest()


class _Fetcher:
    """Fetches article pages. `known`: digests of addresses fetched; `refused`: the errors of hosts that refuse."""

    def __init__(self, http: Http, known: list[str]) -> None:
        self._http = http
        self._known = known
        self._remaining = MAX_PAGES
        self.refused: dict[str, FetchError] = {}

    async def complete(self, item: Item) -> Item:
        """Return the item completed from its page, or unchanged if the page cannot be read."""
        url = item.url or ""
        host = urlsplit(url).hostname or ""
        if not host or "#" in url or item.content or host in self.refused or not self._remaining:
            return item  # an update of a live report has no page of its own
        self._remaining -= 1
        try:
            article = await fetch_article(self._http, url)
        except FetchError as error:
            self._handle_failure(item, host, error)
            return item
        except (SourceError, TimeoutError):
            article = None  # the parser failed or timed out
        self._known.append(_digest(item))
        return _merged(item, article)

    def _handle_failure(self, item: Item, host: str, error: FetchError) -> None:
        if error.status in GONE:
            self._known.append(_digest(item))
        elif error.kind == "postponed":
            self._remaining = 0  # the source is collected again soon
        elif error.status in _REFUSED or error.kind in ("robots", "held"):
            self.refused[host] = error


def _merged(item: Item, article: Item | None) -> Item:
    """Complete an item of a list from its page, whose date takes precedence."""
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
