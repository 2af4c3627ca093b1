"""Reads a site without a feed: the articles that one of its pages lists, or the article on a page.

    [[sources]]
    plugin = "page"
    url = "https://village.example/news"       # or a saved page: path = "news.html"

The type of the page, a list or an article, is detected; `kind` overrides the detection. A list yields headlines with
their addresses, and date, summary, authors and picture if the page states them. Menus, topics, advertisements and links
for sharing or subscribing are left out. A live report is a list of its updates.

If a page links to a feed, the feed is read instead, since it is more complete and exact; `kind = "list"` reads the page
itself. `aggregate add` writes the address of the feed into the configuration, which saves the request for the page.

    [[sources]]
    plugin = "page"
    url = "https://valley.example/latest"
    full = true                                # fetch each new article: its text, authors, picture and date

With `full`, each article is fetched once: at most 50 articles per run, one after the other, and only where robots.txt
permits it. If a site refuses a request, no further articles of it are fetched in that run; they stay as in the list.

If the headlines are not detected, CSS selectors select them. Then only the selected elements are used:

    [[sources]]
    plugin = "page"
    url = "https://parish.example/notices"
    items = "ul.notices > li"                  # the element of each article, which contains the others
    title = "h3"                               # default: the text of the first link
    link = "a.more"                            # default: the first link
    date = "span@data-date"                    # an attribute, after "@"
    summary = "p.intro"

Limits: at most 500 articles of a page, and 5 MB. Content that a page loads by scripts is not available. Dates are those
that the page states, with a resolution of a day if it states no time; relative dates such as "3 hours ago" are ignored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from aggregator import Channel, Http, Item, Reading, Register, hookimpl

from .read import detect_reading, fetch_page, read_page, read_selected_items

Kind = Literal["auto", "article", "list"]


async def page(  # noqa: PLR0913 - one parameter per option
    http: Http,
    state: dict[str, Any],
    *,
    url: Annotated[str, Meta(description="Address of the page, or path of a file.")] = "",
    path: Annotated[str, Meta(description="Path of a saved page, HTML or plain text; either this or `url`.")] = "",
    kind: Annotated[Kind, Meta(description="Type of the page.")] = "auto",
    full: Annotated[bool, Meta(description="Fetch the page of each new article of a list.")] = False,
    items: Annotated[str, Meta(description="CSS selector of the element of each article.")] = "",
    title: Annotated[str, Meta(description="CSS selector of the headline, in that element.")] = "",
    link: Annotated[str, Meta(description="CSS selector of the link, in that element.")] = "",
    date: Annotated[str, Meta(description="CSS selector of the date, in that element.")] = "",
    summary: Annotated[str, Meta(description="CSS selector of the summary, in that element.")] = "",
) -> AsyncIterator[Channel | Item | Reading]:
    """Reads a site without a feed: the articles that a page lists, or the article on a page."""
    from aggregator.pages import Selectors

    selectors = Selectors(items=items, title=title, link=link, date=date, summary=summary)
    has_selectors = selectors != Selectors()
    if has_selectors:
        selectors.check()
    fetched = await fetch_page(http, url, path)
    if has_selectors:
        reading = Reading(read_selected_items, fetched, selectors)
    else:
        reading = await detect_reading(http, fetched) if kind == "auto" else Reading(read_page, fetched, kind)
    if not full:
        yield reading
        return
    from .full_articles import fetch_articles  # loads asyncio, only for runs that need it

    async for part in fetch_articles(http, state, reading):
        yield part


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(page)
