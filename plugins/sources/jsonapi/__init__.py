"""Articles from any address that answers with JSON, by paths to the items and to their fields.

    [[sources]]
    plugin = "jsonapi"
    url = "https://news.example/api/v2/posts"
    name = "Example News"
    items = "data.posts"                          # the list; left out: the answer itself is the list
    id = "uuid"
    title = "attributes.title"
    link = "https://news.example/p/{attributes.slug}"
    content = "attributes.body.html"
    published = "attributes.created_at"
    authors = "attributes.authors.*.name"
    categories = 'attributes["news:topics"]'
    image = "media[0].url?"                       # "?": not every answer has one
    headers = { Authorization = { env = "NEWS_EXAMPLE_KEY" } }
    params = { limit = 50 }
    next = "meta.links.next"                      # the address of the next page
    pages = 3                                     # so many pages at most

A path is a list of steps from the outside to the inside. Those of fields begin at the item.

| Step | What it takes |
|---|---|
| `name`, `.name` | what stands under this name in an object |
| `[0]`, `[-1]` | one of a list: the first, the last |
| `*`, `.*`, `[*]` | all of a list, or all that an object holds |
| `["any name"]` | a name with dots, brackets or braces in it |

A text with paths in braces is filled in: `"https://news.example/p/{id}"`. So a link, a title or the next page's address
can be made of several values.

A path that leads nowhere in all items is an error, which says what is there instead. If it ends in `?` it may. Values
that are null are unknown, as everywhere.

Limits: it asks with GET; the next page must lie at the same host.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from aggregator import Http, Item, Reading, Register, SourceError, hookimpl
from aggregator.text.plain import printable
from aggregator.text.urls import absolute

Path = Annotated[str, Meta(description="Its path in an item, or a text with paths in braces.")]


async def jsonapi(  # noqa: PLR0913 - each is an option
    http: Http,
    *,
    url: str,
    items: Annotated[str, Meta(description="Where the list of items is; empty: the answer is the list.")] = "",
    id: Path = "id",
    title: Path = "title",
    link: Path = "url",
    summary: Path = "",
    content: Path = "",
    authors: Path = "",
    published: Path = "",
    updated: Path = "",
    language: Path = "",
    categories: Path = "",
    image: Path = "",
    enclosures: Path = "",
    source: Path = "",
    headers: Annotated[dict[str, str] | None, Meta(description="Sent with each request.")] = None,
    params: Annotated[dict[str, str | int] | None, Meta(description="Added to the address as its query.")] = None,
    next: Annotated[str, Meta(description="Where in the answer the address of the next page is.")] = "",
    pages: Annotated[int, Meta(ge=1, le=50, description="How many pages are read at most, where there is `next`.")] = 5,
) -> AsyncIterator[Item | Reading]:
    """Articles from an address that answers with JSON, by paths to the items and their fields."""
    from aggregator import aside  # with what follows, and asyncio, 25 ms, which runs without it need not pay

    from .items import next_address, plan, read_items

    fields = {
        "id": id, "title": title, "link": link, "summary": summary, "content": content, "authors": authors,
        "published": published, "updated": updated, "language": language, "categories": categories, "image": image,
        "enclosures": enclosures, "source": source,
    }  # fmt: skip
    made = plan(items, fields, next)
    query = {name: str(value) for name, value in (params or {}).items()}
    answers = [await http.get(url, headers=headers, params=query, main=True)]
    while made.next and len(answers) < pages:
        following = await aside(next_address, answers[-1].body, made.next)
        if not following:
            break
        answers.append(await http.get(_following(following, answers[-1].url, url), headers=headers))
    yield Reading(read_items, [(answer.body, answer.url) for answer in answers], made)


def _following(address: str, page: str, url: str) -> str:
    """The next page's address, absolute. It must be at the host of `url`, since it gets the headers, keys included."""
    target = absolute(address, page)
    if target is None or _origin(target) != _origin(url):
        raise SourceError(f"{page}: its next page is elsewhere ({printable(address[:200])}): not asked")
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


@hookimpl
def register_sources(register: Register) -> None:
    """Offer it under its own name."""
    register(jsonapi)
