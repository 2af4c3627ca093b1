"""Makes the items of a feed from stories or articles: what RSS, Atom and JSON Feed have in common."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from aggregator.model import Article, Edition, Enclosure, Outlet, Story
from aggregator.outputs.article_text import authors, headline, summary
from aggregator.outputs.enclosures import media_enclosures
from aggregator.outputs.feed_options import By
from aggregator.outputs.feed_pictures import picture_of
from aggregator.outputs.labels import labels
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.story_html import article_html, story_html
from aggregator.outputs.text import legal, web_address
from aggregator.text.languages import normalise_language

_KEPT = 2000
"""Stories whose items are kept, those rendered last: a feed has more than 1,000 only if its `limit` is larger."""
_GUIDS = uuid.UUID("6a4a9f2e-1d1b-5f0e-9d53-0c8f1a7e6b52")


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a feed: a story, or an article.

    `id`: an IRI, for ever; `url`: of the article; `summary`: plain; `html`: its text, safe; `image`: one picture;
    `enclosures`: audio and video, with valid URL and type; `outlet`: its name as it is shown; `article`: the one whose
    text it has.
    """

    id: str
    url: str | None
    title: str
    summary: str
    html: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    language: str | None
    image: str | None
    enclosures: tuple[Enclosure, ...]
    outlet: str
    article: Article
    story: Story

    @property
    def source(self) -> Outlet:
        """The outlet of the article, as it is named there."""
        return self.article.source


class _Rendered:
    """The items of stories that were rendered last: several feeds of a run show the same stories in the same way."""

    def __init__(self) -> None:
        self.way: object = None
        self.items: dict[int, tuple[Story, object, FeedItem]] = {}

    def items_of(self, stories: Iterable[Story], edition: Edition) -> Iterator[FeedItem]:
        """Yield the items of stories. The same objects have the same items, if the editions do not differ otherwise."""
        copies = (edition.copies, edition.itself) if edition.copies else ()
        way = (edition.locale, edition.timezone, edition.pictures, edition.publications, copies)
        if way != self.way:
            self.items.clear()
            self.way = way
        for story in stories:
            names = [outlet_name(outlet, edition) for outlet in story.places]
            known = self.items.get(id(story))  # a story that is kept is not freed, so that no other one has its id
            if known is None or known[1] != names:
                known = self.items[id(story)] = (story, names, _story_item(legal(story), edition))
                if len(self.items) > _KEPT:
                    del self.items[next(iter(self.items))]
            yield known[2]


_rendered = _Rendered()


def items_of(stories: Iterable[Story], by: By, edition: Edition) -> Iterator[FeedItem]:
    """Yield the items of these stories, in their order, or those of their articles, the last changed first.

    Copies have no item, and no two items have the same id.
    """
    if by == "story":
        yield from _rendered.items_of(stories, edition)
        return
    stories = map(legal, stories)
    articles = [(article, story) for story in distinct_articles(stories, set()) for article in story.articles]
    articles.sort(key=lambda pair: (_updated(pair[0]), pair[0].id), reverse=True)
    yield from (_article_item(article, story, edition) for article, story in articles)


def article_guid(article: Article) -> str:
    """Return the permanent identity of an article as an IRI: from its `id` and the host of its outlet."""
    return uuid.uuid5(_GUIDS, f"{_site(article.source)}\n{article.id}").urn


def distinct_articles(stories: Iterable[Story], seen: set[str]) -> Iterator[Story]:
    """Yield the stories without the articles whose guids were seen before, as in two feeds of one outlet."""
    for story in stories:
        guids = [article_guid(article) for article in story.articles]
        new = {guid: article for guid, article in zip(guids, story.articles, strict=True) if guid not in seen}
        seen.update(guids)
        if new:
            yield story if len(new) == len(guids) else msgspec.structs.replace(story, articles=tuple(new.values()))


def _site(outlet: Outlet) -> str:
    try:
        host = urlsplit(outlet.url or "").hostname
    except ValueError:
        host = None
    return (host or outlet.name).removeprefix("www.")


def _story_item(story: Story, edition: Edition) -> FeedItem:
    shown = story.shown
    return FeedItem(
        id=story.id,
        url=web_address(story.url) or web_address(shown.url),
        title=headline(shown),
        summary=summary(shown),
        html=story_html(story, edition),
        published=story.published,
        updated=max(story.updated, story.published),
        authors=_authors(shown, edition),
        tags=_tags(story.tags),
        language=normalise_language(shown.language or ""),
        image=picture_of(shown, edition, story),
        enclosures=_media(shown),
        outlet=outlet_name(shown.source, edition),
        article=shown,
        story=story,
    )


def _article_item(article: Article, story: Story, edition: Edition) -> FeedItem:
    return FeedItem(
        id=article_guid(article),
        url=web_address(article.url),
        title=headline(article),
        summary=summary(article),
        html=article_html(article, edition, labels(edition.locale)),
        published=article.date,
        updated=_updated(article),
        authors=_authors(article, edition),
        tags=_tags(article.tags),
        language=normalise_language(article.language or ""),
        image=picture_of(article, edition),
        enclosures=_media(article),
        outlet=outlet_name(article.source, edition),
        article=article,
        story=story,
    )


def _updated(article: Article) -> datetime:
    """Return when an article was last changed by its publisher; not before its date."""
    stated = article.updated
    return max(article.date, stated) if stated else article.date


def _authors(article: Article, edition: Edition) -> tuple[str, ...]:
    """Return the names of the authors, or else of the outlet."""
    return authors(article) or (outlet_name(article.source, edition) or "Unknown",)


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


def _media(article: Article) -> tuple[Enclosure, ...]:
    """Return the enclosures, audio and video first, with addresses as RFC 3986 requires."""
    found = [
        msgspec.structs.replace(enclosure, url=address)
        for enclosure in media_enclosures(article)
        if (address := web_address(enclosure.url))
    ]
    return tuple(sorted(found, key=lambda one: not (one.type or "").startswith(("audio/", "video/"))))
