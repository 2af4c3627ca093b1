"""Hacker News, by its search API (https://hn.algolia.com/api): one request gives a whole list.

    [[sources]]
    plugin = "hackernews"
    list = "front"               # "new", "best", "ask", "show", "job"
    points = 100                 # what has fewer comes later, or never
    limit = 30

`front` is the front page, `best` what found most favour in three days; the others hold the newest posts of their kind.
An article's address is what the post links to, with the comments as related; a post without a link is its own page.

Limits: points and numbers of comments are not kept, since they change with every look. The first page alone, as it is
for everybody, needs no plugin: `url = "https://news.ycombinator.com/rss"`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aggregator import Channel, Http, Item, Reading, Register, SourceError, hookimpl

SITE = "https://news.ycombinator.com/"
LISTS = {
    "front": ("search", "front_page"),
    "new": ("search_by_date", "story"),
    "best": ("search", "story"),
    "ask": ("search_by_date", "ask_hn"),
    "show": ("search_by_date", "show_hn"),
    "job": ("search_by_date", "job"),
}
"""How each is asked for: `search` orders by points, `search_by_date` by date."""
HOUR = 3600
BEST = 72 * HOUR
"""How long a post may be among the best."""


class Hit(msgspec.Struct):
    """What the API says of a post, as far as it is used."""

    objectID: str  # noqa: N815 - its name there
    title: str | None = None
    url: str | None = None
    author: str | None = None
    created_at_i: int | None = None
    story_text: str | None = None


class Answer(msgspec.Struct):
    """What the API answers."""

    hits: list[msgspec.Raw]


async def hackernews(
    http: Http,
    *,
    list: Annotated[Literal["front", "new", "best", "ask", "show", "job"], Meta(description="Which posts.")] = "front",
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many posts at most.")] = 30,
    points: Annotated[int, Meta(ge=0, description="Only posts with so many points.")] = 0,
    api: Annotated[str, Meta(description="Where the API is, or a mirror of it.")] = "https://hn.algolia.com/api/v1",
) -> AsyncIterator[Channel | Reading]:
    """Posts of Hacker News: the front page, or another list."""
    path, tag = LISTS[list]
    bounds = [f"points>={points}"] if points else []
    if list == "best":
        bounds.append(f"created_at_i>{int(time.time()) // HOUR * HOUR - BEST}")
    query = {"tags": tag, "hitsPerPage": str(limit)} | ({"numericFilters": ",".join(bounds)} if bounds else {})
    response = await http.get(f"{api.rstrip('/')}/{path}", params=query, main=list != "best")
    yield Channel(title="Hacker News" + ("" if list == "front" else f": {list}"), url=SITE, language="en")
    yield Reading(read_hits, response.body)


def read_hits(body: bytes) -> Iterator[Item | None]:
    """The posts of an answer; None for each that is none. Raises SourceError for what is no such answer."""
    try:
        hits = msgspec.json.decode(body, type=Answer).hits
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise SourceError(f"this is no answer of Hacker News' search ({error})") from error
    for raw in hits:
        yield _item(raw)


def _item(raw: msgspec.Raw) -> Item | None:
    try:
        hit = msgspec.json.decode(raw, type=Hit)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
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
