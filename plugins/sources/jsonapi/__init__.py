"""Reads articles from a JSON API, by paths to the list of items and to their fields.

    [[sources]]
    plugin = "jsonapi"
    url = "https://news.example/api/v2/posts"
    name = "Example News"
    items = "data.posts"                          # the list; without it the response itself is the list
    id = "uuid"
    title = "attributes.title"
    link = "https://news.example/p/{attributes.slug}"
    content = "attributes.body.html"
    published = "attributes.created_at"
    authors = "attributes.authors.*.name"
    categories = 'attributes["news:topics"]'
    image = "media[0].url?"                       # "?": optional
    headers = { Authorization = { env = "NEWS_EXAMPLE_KEY" } }
    params = { limit = 50 }
    next = "meta.links.next"                      # the address of the next page
    pages = 3                                     # maximum number of pages

A path is a list of steps from the outside to the inside. The paths of fields start at the item. The syntax is that of
JSONPath (RFC 9535) without the leading `$`, restricted to these steps:

| Step | Selects |
|---|---|
| `name`, `.name` | the value of this name in an object |
| `[0]`, `[-1]` | the first, the last member of a list |
| `*`, `.*`, `[*]` | all members of a list or an object |
| `["any name"]` | a name that contains dots, brackets or braces |

A text with paths in braces is a template: `"https://news.example/p/{id}"`. A link, a title or the address of the next
page can combine several values.

A path that matches in none of the items is an error, which describes the value found instead. A path that ends in `?`
is optional. A null value is unknown, as everywhere.

Limits: only GET requests; the next page must be at the same host.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from aggregator import Http, Item, Reading, Register, SourceError, hookimpl
from aggregator.http.origins import origin
from aggregator.text.plain import printable
from aggregator.text.urls import absolute

Path = Annotated[str, Meta(description="Its path in an item, or a template with paths in braces.")]


async def jsonapi(  # noqa: PLR0913 - one parameter per option
    http: Http,
    *,
    url: str,
    items: Annotated[str, Meta(description="Path to the list of items; empty: the response is the list.")] = "",
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
    headers: Annotated[dict[str, str] | None, Meta(description="HTTP headers of each request.")] = None,
    params: Annotated[dict[str, str | int] | None, Meta(description="Query parameters added to the address.")] = None,
    next: Annotated[str, Meta(description="Path in the response to the address of the next page.")] = "",
    pages: Annotated[int, Meta(ge=1, le=50, description="Maximum number of pages, with `next`.")] = 5,
) -> AsyncIterator[Item | Reading]:
    """Reads articles from a JSON API, by paths to the items and their fields."""
    from aggregator import aside  # these imports, with asyncio, take 25 ms: only for runs that need them

    from .items import make_plan, next_address, read_items

    fields = {
        "id": id, "title": title, "link": link, "summary": summary, "content": content, "authors": authors,
        "published": published, "updated": updated, "language": language, "categories": categories, "image": image,
        "enclosures": enclosures, "source": source,
    }  # fmt: skip
    plan = make_plan(items, fields, next)
    query = {name: str(value) for name, value in (params or {}).items()}
    responses = [await http.get(url, headers=headers, params=query, main=True)]
    while plan.next and len(responses) < pages:
        following = await aside(next_address, responses[-1].body, plan.next)
        if not following:
            break
        responses.append(await http.get(_next_page(following, responses[-1].url, url), headers=headers))
    yield Reading(read_items, [(response.body, response.url) for response in responses], plan)


def _next_page(address: str, page: str, url: str) -> str:
    """Return the absolute address of the next page. Raises SourceError for another host than that of `url`.

    The headers, with their keys, are sent there.
    """
    target = absolute(address, page)
    if target is None or origin(target) != origin(url):
        raise SourceError(f"{page}: its next page is at another host ({printable(address[:200])}): not requested")
    return target


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source `jsonapi`."""
    register(jsonapi)
