"""Writes a page for each article: its text, pictures, players, and what is related to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from html import escape, unescape
from typing import Any

import msgspec

from aggregator import Article, Enclosure, Story
from aggregator.model import Deferred
from aggregator.outputs.article_text import byline
from aggregator.outputs.dates import Dates
from aggregator.outputs.page_names import article_page, has_story_page
from aggregator.outputs.pictures import ShownPicture
from aggregator.outputs.text import web_address
from aggregator.text.urls import absolute

from .inner import Inner, InnerView, Link
from .metadata import article_metadata
from .prose import prose_of

MOST_RELATED = 12
"""Links of one kind below an article."""
CORRECTION = timedelta(minutes=5)
"""How long after its publication a change of an article is stated."""
_SOURCE = re.compile(r"""\ssrc\s*+=\s*+["']([^"']{1,2000})""", re.IGNORECASE)


class Media(msgspec.Struct, frozen=True):
    """A media file of an article. `kind`: "audio", "video" or another part of its MIME type; `minutes`, `megabytes`:
    None and "" if unknown."""

    kind: str
    href: str
    type: str
    minutes: int | None = None
    megabytes: str = ""


def article_pages(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the page of each article of the stories; a copy has none."""
    for story in inner.stories:
        state = inner.digest_of(story)
        earlier = [inner.has_page(one) for one in story.storyline.earlier] if story.storyline else []
        for article in story.articles:
            picture = inner.site.pictures.of_article(article)
            if picture:
                inner.site.shown.update({file.name: file for file in picture.files})
            topics = [(topic.page, topic.label) for topic in inner.topics_of(article)]
            shown = [picture and (picture.address, [file.name for file in picture.files]), _copied(inner, article)]
            name = article_page(article)
            yield inner.page(
                "article.html.j2",
                name,
                (state, topics, earlier, shown),
                partial(_values, inner, story, article, picture),
            )


def _values(
    inner: Inner, story: Story, article: Article, picture: ShownPicture | None, view: InnerView
) -> dict[str, Any]:
    """Return what the template of an article shows."""
    edition, theme = inner.edition, inner.site.theme
    copy_of = None if edition.pictures == "link" else lambda url: _copy(inner, view, article.replace(image=url))
    text = prose_of(article, theme.gettext("Table"), copy_of)
    if picture and (article.image or "").partition("?")[0] in {unescape(one) for one in text.pictures}:
        picture = None
    others = [one for one in story.articles if one is not article]
    image = absolute_picture(view, picture)
    return {
        "story": story if has_story_page(story) else None,
        "article": article,
        "summary": inner.summary(article),
        "authors": byline(article, theme),
        "original": web_address(article.url),
        "topics": [Link(topic.label, view.link(topic.page)) for topic in inner.topics_of(article)],
        "picture": picture,
        "text": text,
        "updated": article.updated if article.updated and article.updated - article.date > CORRECTION else None,
        "media": list(_media(article, theme.dates)),
        "others": sorted(others, key=lambda one: one.date)[:MOST_RELATED],
        "more": max(0, len(others) - MOST_RELATED),
        "copies": [copy.article for copy in story.copies if copy.of == article.id],
        "earlier": [
            (one, inner.reference_link(one, view))
            for one in (story.storyline.earlier[:MOST_RELATED] if story.storyline else ())
        ],
        "related": [(one.title, web_address(one.url)) for one in article.related[:MOST_RELATED] if one.title.strip()],
        "metadata": article_metadata(article, inner.summary(article), edition, view.own_address, image),
    }


def absolute_picture(view: InnerView, picture: ShownPicture | None) -> str:
    """Return the absolute address of a picture; "" if it has none."""
    if not picture or not picture.files:
        return picture.address if picture else ""
    return view.absolute(picture.files[-1].name)


def _media(article: Article, dates: Dates) -> Iterator[Media]:
    """Yield the media files, but for the picture of the article."""
    seen = {web_address(article.image)}
    for enclosure in article.enclosures:
        address = web_address(enclosure.url)
        if address and address not in seen:
            seen.add(address)
            kind = (enclosure.type or "").partition("/")[0]
            if kind != "image":
                yield Media(kind, address, enclosure.type or "", _minutes(enclosure), _megabytes(enclosure, dates))


def _minutes(enclosure: Enclosure) -> int | None:
    return max(1, round(enclosure.duration / 60)) if enclosure.duration else None


def _megabytes(enclosure: Enclosure, dates: Dates) -> str:
    from babel.numbers import format_decimal

    size = (enclosure.length or 0) / 1_000_000
    shown = round(size) if size >= 10 else round(size, 1)
    return f"{format_decimal(shown, locale=dates.locale)} MB" if shown else ""


def _copied(inner: Inner, article: Article) -> list[str]:
    """Return the pictures in the text of an article that have been copied."""
    copies = inner.edition.copies
    if inner.edition.pictures != "copy" or not copies or not article.content:
        return []
    addresses = {absolute(unescape(url), article.url) for url in _SOURCE.findall(article.content)}
    return sorted(copies[url].largest.name for url in addresses if url and url in copies)


def _copy(inner: Inner, view: InnerView, article: Article) -> str:
    """Return the attributes of the copy of a picture, given as that of an article; "" if it has not been copied."""
    picture = inner.site.pictures.of_article(article)
    if not picture:
        return ""
    inner.site.shown.update({file.name: file for file in picture.files})
    largest = picture.files[-1]
    sources = picture.sources(view.root)
    chosen = f' srcset="{escape(sources)}" sizes="(min-width: 46rem) 44rem, 94vw"' if sources else ""
    return f' src="{escape(view.link(largest.name))}"{chosen} width="{largest.width}" height="{largest.height}"'
