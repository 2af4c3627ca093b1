"""Reads Hacker News by its search API (https://hn.algolia.com/api), with one request for a list.

    [[sources]]
    plugin = "hackernews"
    list = "front"               # "new", "best", "ask", "show", "job"
    points = 100                 # posts with fewer points appear later, or never
    limit = 30

`front` is the front page, `best` the posts with the most points in three days; the other lists contain the newest posts
of their type. The address of an article is the link of the post, with the comments as related page; for a post without
a link it is the page of the post.

Limits: numbers of points and comments are not stored, since they change constantly. The front page alone needs no
plugin: `url = "https://news.ycombinator.com/rss"`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aggregator import Channel, Http, Item, Reading, Register, hookimpl

from ._json_response import decode, decode_or_none

SITE = "https://news.ycombinator.com/"
LISTS = {
    "front": ("search", "front_page"),
    "new": ("search_by_date", "story"),
    "best": ("search", "story"),
    "ask": ("search_by_date", "ask_hn"),
    "show": ("search_by_date", "show_hn"),
    "job": ("search_by_date", "job"),
}
"""Endpoint and tag of each list: `search` orders by points, `search_by_date` by date."""
HOUR = 3600
BEST_PERIOD = 72 * HOUR
"""Maximum age of the posts in `best`."""


class Hit(msgspec.Struct):
    """A post in a response of the API: the fields in use."""

    objectID: str  # noqa: N815 - its name in the API
    title: str | None = None
    url: str | None = None
    author: str | None = None
    created_at_i: int | None = None
    story_text: str | None = None


class SearchResponse(msgspec.Struct):
    """A response of the API."""

    hits: list[msgspec.Raw]


async def hackernews(
    http: Http,
    *,
    list: Annotated[Literal["front", "new", "best", "ask", "show", "job"], Meta(description="Type of list.")] = "front",
    limit: Annotated[int, Meta(ge=1, le=1000, description="Maximum number of posts.")] = 30,
    points: Annotated[int, Meta(ge=0, description="Minimum number of points.")] = 0,
    api: Annotated[str, Meta(description="Address of the API, or of a mirror.")] = "https://hn.algolia.com/api/v1",
) -> AsyncIterator[Channel | Reading]:
    """Reads posts of Hacker News: the front page, or another list."""
    path, tag = LISTS[list]
    bounds = [f"points>={points}"] if points else []
    if list == "best":
        bounds.append(f"created_at_i>{int(time.time()) // HOUR * HOUR - BEST_PERIOD}")
    query = {"tags": tag, "hitsPerPage": str(limit)} | ({"numericFilters": ",".join(bounds)} if bounds else {})
    response = await http.get(f"{api.rstrip('/')}/{path}", params=query, main=list != "best")
    yield Channel(title="Hacker News" + ("" if list == "front" else f": {list}"), url=SITE, language="en")
    yield Reading(read_hits, response.body)


def read_hits(body: bytes) -> Iterator[Item | None]:
    """Yield the posts of a response, None for each that is invalid. Raises SourceError for any other response."""
    for raw in decode(body, SearchResponse, "a response of the Hacker News search API").hits:
        yield _item(raw)


def _item(raw: msgspec.Raw) -> Item | None:
    hit = decode_or_none(raw, Hit)
    if hit is None:
        return None
    comments = f"{SITE}item?id={hit.objectID}"
    return Item(
        id=hit.objectID,
        url=hit.url or comments,
        title=hit.title,
        content=hit.story_text,
        authors=hit.author,
        published=hit.created_at_i,
        related=[("Comments on Hacker News", comments)] if hit.url else None,
    )


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source; another plugin of this name takes precedence."""
    register(hackernews, spare=True)
