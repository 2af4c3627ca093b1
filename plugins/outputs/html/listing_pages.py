"""Writes the pages that list: the topics, the sources, and the stories or articles of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from aggregator import Article, Outlet, Story
from aggregator.model import Deferred
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.page_names import SOURCES_PAGE, TAGS_PAGE, article_page, source_page
from aggregator.outputs.text import web_address

from .inner import Inner, InnerView
from .metadata import Metadata
from .topics import MOST_LISTED, Desk, Topic


class Row(msgspec.Struct, frozen=True):
    """An entry of a list. `href`: of its page; `outlets`: how many have it."""

    article: Article
    date: datetime
    href: str
    outlets: int = 1


class SourceRow(msgspec.Struct, frozen=True):
    """A line of the list of sources. `page`, `home`, `feed`: addresses, "" if there is none."""

    name: str
    page: str
    home: str
    feed: str
    articles: int


def listing_pages(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the pages of topics and sources, and the lists of both."""
    for topic in inner.topics.values():
        yield _topic_page(inner, topic)
    for desk in inner.desks.values():
        yield _source_page(inner, desk)
    topics = [(topic.page, topic.label, len(topic.stories)) for topic in inner.topics.values()]
    yield inner.page(
        "tags.html.j2",
        TAGS_PAGE,
        topics,
        lambda view: {
            "topics": [(label, view.link(page), count) for page, label, count in topics],
            "metadata": Metadata(title=inner.site.theme.gettext("Topics")),
        },
    )
    sources = _sources(inner)
    yield inner.page(
        "sources.html.j2",
        SOURCES_PAGE,
        [msgspec.structs.astuple(source) for source in sources],
        lambda view: {
            "sources": [
                msgspec.structs.replace(source, page=source.page and view.link(source.page)) for source in sources
            ],
            "metadata": Metadata(title=inner.site.theme.gettext("Sources")),
        },
    )


def _topic_page(inner: Inner, topic: Topic) -> tuple[str, Deferred]:
    def values(view: InnerView) -> dict[str, Any]:
        rows = [Row(story.shown, story.updated, view.story_link(story), len(story.places)) for story in topic.stories]
        return {
            "title": topic.label,
            "kind": inner.site.theme.gettext("Topic"),
            "days": inner.by_day(rows, lambda row: row.date),
            "home": "",
            "feed": view.link(topic.feed) if inner.has_feeds else "",
            "metadata": Metadata(title=topic.label),
        }

    depends_on = (topic.label, inner.has_feeds, [inner.digest_of(story) for story in topic.stories])
    return inner.page("listing.html.j2", topic.page, depends_on, values)


def _source_page(inner: Inner, desk: Desk) -> tuple[str, Deferred]:
    newest = desk.articles[:MOST_LISTED]
    outlet = newest[0][0].source
    name = outlet_name(outlet, inner.edition)
    home = _home(inner, outlet)

    def values(view: InnerView) -> dict[str, Any]:
        rows = [_row(view, article, story) for article, story in newest]
        return {
            "title": name,
            "kind": inner.site.theme.gettext("Source"),
            "days": inner.by_day(rows, lambda row: row.date),
            "home": home,
            "feed": "",
            "metadata": Metadata(title=name),
        }

    depends_on = (name, home, [inner.digest_of(story) for _, story in newest])
    return inner.page("listing.html.j2", source_page(desk.name), depends_on, values)


def _row(view: InnerView, article: Article, story: Story) -> Row:
    """Return the line of an article; that of a copy leads to the story."""
    is_copy = all(one is not article for one in story.articles)
    href = view.story_link(story) if is_copy else view.link(article_page(article))
    return Row(article, article.date, href)


def _home(inner: Inner, outlet: Outlet) -> str:
    known = next((one.url for one in inner.edition.sources if one.name == outlet.name and one.url), outlet.url)
    return web_address(known) or ""


def _sources(inner: Inner) -> list[SourceRow]:
    """Return the sources of the configuration and all other outlets, by name."""
    feeds = {one.name: one.feed for one in inner.edition.subscriptions if one.feed}
    outlets = {outlet.name: outlet for outlet in inner.edition.sources}
    outlets |= {name: desk.articles[0][0].source for name, desk in inner.desks.items() if name not in outlets}
    rows = [
        SourceRow(
            name=outlet_name(outlet, inner.edition),
            page=source_page(name) if name in inner.desks else "",
            home=_home(inner, outlet),
            feed=web_address(feeds.get(name)) or "",
            articles=len(inner.desks[name].articles) if name in inner.desks else 0,
        )
        for name, outlet in outlets.items()
        if name.strip()
    ]
    return sorted(rows, key=lambda row: row.name.casefold())
