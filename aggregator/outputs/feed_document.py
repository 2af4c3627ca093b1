"""Makes the documents of a feed from an edition: what RSS, Atom and JSON Feed have in common."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec

from aggregator import __version__
from aggregator.model import EPOCH, Deferred, Edition, Story
from aggregator.outputs.feed_item import FeedItem, distinct_articles, items_of
from aggregator.outputs.feed_options import By
from aggregator.outputs.feed_pages import FeedPage, folder_of, pages_of
from aggregator.outputs.feed_pictures import picture_files
from aggregator.outputs.feed_style import STYLE_NAME, stylesheet
from aggregator.outputs.labels import labels
from aggregator.outputs.text import legal, web_address


class FeedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a feed, in any format.

    `id`: a permanent IRI, the same for all documents of a feed; `home`: the page of the publication; `site`: that, or
    else a page of its first outlet; `url`: of the document; `links`: pairs of relation and URL; `updated`: None without
    items; `language`: of all items; `feeds`: the feed of each outlet of its items, by name; `outlet_names`: as
    in `Edition`; `style`: address of its style sheet;
    `notice`: what it says to people who open it in a browser; `read_at`: text of the links to articles, with "%s".
    """

    title: str
    subtitle: str
    id: str
    home: str | None
    site: str | None
    url: str | None
    hub: str | None
    links: tuple[tuple[str, str], ...]
    updated: datetime | None
    made: datetime
    language: str | None
    items: tuple[FeedItem, ...]
    feeds: dict[str, str | None]
    outlet_names: dict[str, str]
    style: str | None
    notice: str
    read_at: str


class FeedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is made. `by`: what its items are; `hub`: WebSub hub; `title`, `home`: its title and web page, if not
    those of the edition; `style`: address of its style sheet, such as `feed_style.stylesheet()`, relative to it."""

    by: By = "story"
    hub: str | None = None
    title: str = ""
    home: str | None = None
    style: str | None = None


Render = Callable[[FeedDocument], bytes]


def feed_files(
    edition: Edition, render: Render, options: FeedOptions, *, styled: bool = True
) -> Iterator[tuple[str, bytes | Deferred]]:
    """Yield the files of a feed: its first document, further pages, pictures, and its style sheet if it is `styled`."""
    folder = folder_of(edition.itself) if styled else None
    pages = pages_of(_without_repeats(edition) if options.by == "article" else edition)
    edition = legal(msgspec.structs.replace(edition, stories=(), sections=(), latest=(), older=()))
    for page in pages:
        if folder:
            options = msgspec.structs.replace(options, style=STYLE_NAME if page.name else f"{folder}/{STYLE_NAME}")
        draw = partial(_draw, edition, page, render, options)
        yield page.name, Deferred(_digest(edition, page, options), draw) if page.name else draw()
    yield from picture_files((story for page in pages for story in page.stories), edition)
    if folder:
        yield STYLE_NAME, stylesheet()


def _without_repeats(edition: Edition) -> Edition:
    """Return the edition with each article once, on all pages."""
    seen: set[str] = set()
    latest, older = (tuple(distinct_articles(stories, seen)) for stories in (edition.newest, edition.older))
    return msgspec.structs.replace(edition, stories=latest, latest=latest, older=older)


def _draw(edition: Edition, page: FeedPage, render: Render, options: FeedOptions) -> bytes:
    return render(feed_document(edition, page, options))


def _digest(edition: Edition, page: FeedPage, options: FeedOptions) -> bytes:
    """Return a digest of all that a document depends on: of the edition, only what concerns the stories of the page."""
    articles = [article for story in page.stories for article in story.articles]
    articles += [copy.article for story in page.stories for copy in story.copies]
    names = {article.source.name for article in articles}
    frame = msgspec.structs.replace(
        edition,
        date=EPOCH,
        sources=(),
        outlet_names={name: shown for name, shown in edition.outlet_names.items() if name in names},
        subscriptions=tuple(one for one in edition.subscriptions if one.name in names),
        copies={},
    )
    copies = [edition.copies[article.image].largest.name for article in articles if article.image in edition.copies]
    encoded = msgspec.msgpack.encode((__version__, frame, page, options, copies))
    return hashlib.blake2b(encoded, digest_size=16).digest()


def feed_document(edition: Edition, page: FeedPage, options: FeedOptions) -> FeedDocument:
    """Return a document with the stories of a page."""
    items = tuple(items_of(page.stories, options.by, edition))
    outlets = {item.source.name for item in items}
    words = labels(edition.locale)
    title = (options.title or edition.title).strip() or "News"
    home = web_address(options.home or edition.url)
    return FeedDocument(
        title=title,
        subtitle=edition.tagline.strip() or title,
        id=_feed_id(edition, page),
        home=home,
        site=home or _first_home(edition, page.stories),
        url=page.url,
        hub=options.hub,
        links=page.links,
        updated=max((item.updated for item in items), default=None),
        made=edition.date,
        language=_language(items),
        items=items,
        feeds={one.name: web_address(one.feed) for one in edition.subscriptions if one.name in outlets},
        outlet_names=edition.outlet_names,
        style=options.style,
        notice=words.gettext(
            "This is a web feed. To subscribe, copy its address into a feed reader: it then shows you what is new."
        ),
        read_at=words.gettext("Read it at %s"),
    )


def _feed_id(edition: Edition, page: FeedPage) -> str:
    """Return the address of the first document, or else a URN of the title and the path of the output."""
    first = dict(page.links).get("first") or page.url or web_address(edition.itself.url)
    return first or uuid.uuid5(uuid.NAMESPACE_URL, f"{edition.title}/{edition.itself.path}").urn


def _first_home(edition: Edition, stories: Sequence[Story]) -> str | None:
    """Return the home page of the first outlet that has one, of the configuration or of the stories."""
    shown = (article.source for story in stories for article in story.articles)
    return next((home for outlet in (*edition.sources, *shown) if (home := web_address(outlet.url))), None)


def _language(items: Sequence[FeedItem]) -> str | None:
    """Return the language of all items, or None if they differ or one is unknown."""
    languages = {item.language for item in items}
    return languages.pop() if len(languages) == 1 else None
