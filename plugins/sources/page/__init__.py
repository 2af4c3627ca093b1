"""A site without a feed: the articles that one of its pages lists, or the article on a page.

    [[sources]]
    plugin = "page"
    url = "https://village.example/news"       # or a page that was saved: path = "news.html"

Whether the page lists articles or is one is found out; `kind` says it where that goes wrong. Of a list come the
headlines with their addresses, and with date, summary, authors and picture where the page states them. Menus, topics,
advertisements and links to share or to subscribe are left out. A live report is a list of its updates.

A page that names a feed is read from that feed, which says more, and more exactly; `kind = "list"` takes what the page
itself shows. `aggregate add` finds the feed and writes its address down, which saves asking for the page.

    [[sources]]
    plugin = "page"
    url = "https://valley.example/latest"
    full = true                                # asks for each new article, for its text, authors, picture and date

With `full`, an article is asked for once: at most 50 in a run, one after the other, as far as the robots.txt of the
site allows. When a site refuses one, it is asked for no more in that run, and the rest is as the list shows it.

Where the headlines are not found, say where they are, with CSS selectors. Then there are those, and nothing else:

    [[sources]]
    plugin = "page"
    url = "https://parish.example/notices"
    items = "ul.notices > li"                  # the element of each article; all others are looked for in it
    title = "h3"                               # if left out: the text of the first link
    link = "a.more"                            # if left out: the first link
    date = "span@data-date"                    # an attribute, behind an "@"
    summary = "p.intro"

Limits: at most 500 articles of a page, and 5 MB of it. What a page fetches with scripts is not there. A date is what
the page states of an article, to the day where it says no more; "3 hours ago" is none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from aggregator import Channel, Http, Item, Reading, Register, hookimpl

from .reading import open_page, read_as, read_by, reading_of

Kind = Literal["auto", "article", "list"]
Selector = Annotated[str, Meta(description="A CSS selector; see above.")]


async def page(  # noqa: PLR0913 - one parameter per option
    http: Http,
    state: dict[str, Any],
    *,
    url: Annotated[str, Meta(description="The page, on the web or a file.")] = "",
    path: Annotated[str, Meta(description="A saved page, HTML or plain text; either this or `url`.")] = "",
    kind: Annotated[Kind, Meta(description="What the page is.")] = "auto",
    full: Annotated[bool, Meta(description="Ask for each new article of a list.")] = False,
    items: Annotated[str, Meta(description="A CSS selector: the element of each article.")] = "",
    title: Annotated[str, Meta(description="A CSS selector, within it: its headline.")] = "",
    link: Annotated[str, Meta(description="A CSS selector, within it: its address.")] = "",
    date: Annotated[str, Meta(description="A CSS selector, within it: its date.")] = "",
    summary: Annotated[str, Meta(description="A CSS selector, within it: its summary.")] = "",
) -> AsyncIterator[Channel | Item | Reading]:
    """A site without a feed: the articles that a page lists, or the one on it."""
    from aggregator.pages import Selectors

    selectors = Selectors(items=items, title=title, link=link, date=date, summary=summary)
    selected = selectors != Selectors()
    if selected:
        selectors.check()
    found = await open_page(http, url, path)
    if selected:
        reading = Reading(read_by, found, selectors)
    else:
        reading = await reading_of(http, found) if kind == "auto" else Reading(read_as, found, kind)
    if not full:
        yield reading
        return
    from .full import in_full  # with asyncio, which verbs that ask nobody need not pay

    async for part in in_full(http, state, reading):
        yield part


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(page)
