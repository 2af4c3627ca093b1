"""A page as it came, and what is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from aggregator import Channel, Http, Item, Reading, SourceError

_COMMENTS = re.compile(r"comment|kommentar|comentario", re.IGNORECASE)
_HAS_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]|\"items\"\s*:\s*\[\s*\{")


class Page(NamedTuple):
    """A page as it came. `url`: its address, None for one that was saved; `content_type`: the header of that name."""

    body: bytes
    url: str | None
    content_type: str


async def open_page(http: Http, url: str, path: str) -> Page:
    """The page at an address, or in a file. Raises SourceError where it cannot be had."""
    import asyncio

    if bool(url) == bool(path):
        raise SourceError("page: give either `url` or `path`")
    if path:
        try:
            return Page(await asyncio.to_thread(Path(path).read_bytes), None, _type_of(path))
        except OSError as error:
            raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
    response = await http.get(url, page=True)
    if response.url.startswith("file:"):
        return Page(response.body, None, _type_of(response.url))
    return Page(response.body, response.url, response.headers.get("Content-Type", ""))


def _type_of(name: str) -> str:
    return "text/plain" if name.lower().endswith((".txt", ".md")) else ""


async def reading_of(http: Http, page: Page) -> Reading:
    """What to make of a page of which nothing is said: a feed, the one that it names, an article, or a list."""
    from aggregator import aside
    from aggregator.feeds import read_feed
    from aggregator.subscriptions.discover import looks_like_feed

    if looks_like_feed(page.body):
        return Reading(read_feed, page.body, page.url or "", page.content_type)
    kind, feeds = await aside(look_at, page)
    for address in feeds:
        try:
            response = await http.get(address)
        except SourceError:
            continue  # the page itself is there
        if looks_like_feed(response.body) and _HAS_ITEM.search(response.body):
            return Reading(read_feed, response.body, response.url, response.headers.get("Content-Type", ""))
    return Reading(read_as, page, kind)


def look_at(page: Page) -> tuple[Literal["article", "list"], list[str]]:
    """What a page is, and the feeds that it names if it is a list: those below its own address first."""
    from aggregator.pages import kind_of
    from aggregator.subscriptions.discover import named_feeds

    kind = kind_of(*page)
    if kind == "article" or page.url is None:
        return kind, []
    named = [one.url for one in named_feeds(page.body, page.url) if not _COMMENTS.search(f"{one.url} {one.title}")]
    own = page.url.partition("?")[0].rstrip("/") + "/"
    return kind, sorted(named, key=lambda address: not address.startswith(own))[:2]


def read_as(page: Page, kind: Literal["article", "list"]) -> Iterator[Channel | Item]:
    """The article on a page, or those that it lists. Raises SourceError where there is none."""
    from aggregator.pages import channel_of, read_article, read_listing

    channel = channel_of(*page)
    yield channel
    if kind == "article":
        item = read_article(page.body, page.url or channel.url, page.content_type)
        if item is None:
            raise SourceError('no article was found on this page; if it lists articles, say kind = "list"')
        yield item
        return
    items = read_listing(*page)
    if not items:
        raise SourceError('no list of articles was found on this page; say where they are: items = "…", a CSS selector')
    yield from items


def read_by(page: Page, selectors: Any) -> Iterator[Channel | Item]:
    """The articles of a page that selectors find. Raises SourceError where they find none."""
    from aggregator.pages import channel_of, read_selected

    yield channel_of(*page)
    yield from read_selected(*page, selectors)
