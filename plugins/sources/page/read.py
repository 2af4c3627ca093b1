"""Fetches a page and reads it as a feed, an article or a list of articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from aggregator import Channel, Http, Item, Reading, SourceError

from .._local_file import read_file

_COMMENT_FEED = re.compile(r"comment|kommentar|comentario", re.IGNORECASE)
_HAS_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]|\"items\"\s*:\s*\[\s*\{")


class Page(NamedTuple):
    """A page as received. `url`: its address, None for a saved page; `content_type`: its HTTP header."""

    body: bytes
    url: str | None
    content_type: str


async def fetch_page(http: Http, url: str, path: str) -> Page:
    """Fetch the page at an address, or read it from a file. Raises SourceError."""
    if bool(url) == bool(path):
        raise SourceError("page: set either `url` or `path`")
    if path:
        return Page(await read_file(path), None, _type_of(path))
    response = await http.get(url, page=True)
    if response.url.startswith("file:"):
        return Page(response.body, None, _type_of(response.url))
    return Page(response.body, response.url, response.headers.get("Content-Type", ""))


def _type_of(name: str) -> str:
    return "text/plain" if name.lower().endswith((".txt", ".md")) else ""


async def detect_reading(http: Http, page: Page) -> Reading:
    """Decide how to read a page: as a feed, by the feed that it links to, as an article, or as a list."""
    from aggregator import aside
    from aggregator.feeds import read_feed
    from aggregator.subscriptions.discover import looks_like_feed

    if looks_like_feed(page.body):
        return Reading(read_feed, page.body, page.url or "", page.content_type)
    kind, feeds = await aside(classify, page)
    for address in feeds:
        try:
            response = await http.get(address)
        except SourceError:
            continue  # fall back to the page itself
        if looks_like_feed(response.body) and _HAS_ITEM.search(response.body):
            return Reading(read_feed, response.body, response.url, response.headers.get("Content-Type", ""))
    return Reading(read_page, page, kind)


def classify(page: Page) -> tuple[Literal["article", "list"], list[str]]:
    """Return the type of a page and, for a list, the feeds that it links to: those below its own address first."""
    from aggregator.pages import kind_of
    from aggregator.subscriptions.discover import stated_feeds

    kind = kind_of(*page)
    if kind == "article" or page.url is None:
        return kind, []
    linked = stated_feeds(page.body, page.url)
    addresses = [feed.url for feed in linked if not _COMMENT_FEED.search(f"{feed.url} {feed.title}")]
    base = page.url.partition("?")[0].rstrip("/") + "/"
    return kind, sorted(addresses, key=lambda address: not address.startswith(base))[:2]


def read_page(page: Page, kind: Literal["article", "list"]) -> Iterator[Channel | Item]:
    """Yield the article on a page, or those that it lists. Raises SourceError if there are none."""
    from aggregator.pages import channel_of, read_article, read_listing

    channel = channel_of(*page)
    yield channel
    if kind == "article":
        item = read_article(page.body, page.url or channel.url, page.content_type)
        if item is None:
            raise SourceError('no article was found on this page; if it lists articles, set kind = "list"')
        yield item
        return
    items = read_listing(*page)
    if not items:
        raise SourceError('no list of articles was found on this page; select them by a CSS selector: items = "…"')
    yield from items


def read_selected_items(page: Page, selectors: Any) -> Iterator[Channel | Item]:
    """Yield the articles of a page that selectors match. Raises SourceError if they match none."""
    from aggregator.pages import channel_of, read_selected

    yield channel_of(*page)
    yield from read_selected(*page, selectors)
