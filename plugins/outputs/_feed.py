"""What the feeds (RSS, Atom, JSON Feed) share: the text of an item, its authors, languages and media types."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from mimetypes import MimeTypes
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from aggregator import Article, Edition, Enclosure, Story

from ._story import headline, legal, others, reprints, web_address

Hub = Annotated[
    Annotated[str, Meta(pattern="^https?://")] | None,
    Meta(description="address of the WebSub hub that tells subscribers of changes"),
]
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def feed_title(edition: Edition) -> str:
    """The title of the feed, which no format allows to be empty."""
    return edition.title.strip() or "News"


def feed_id(edition: Edition) -> str:
    """A lasting IRI for the feed: its own address, or a URN where it has none."""
    name = f"{edition.title}/{edition.itself.path}"
    return web_address(edition.itself.url) or uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def feed_language(stories: Iterable[Story]) -> str | None:
    """The language that all stories share, if they do."""
    languages = {story.representative.language for story in stories}
    return languages.pop() if len(languages) == 1 else None


def authors(article: Article) -> tuple[str, ...]:
    """Who wrote it; the outlet where no names are known."""
    names = tuple(name.strip() for name in article.authors if name.strip())
    return names or (article.source.name.strip() or "Unknown",)


def tags(story: Story) -> Iterator[str]:
    """The tags of the story, fit to be an attribute."""
    return (tag.strip() for tag in story.tags if tag.strip())


def attachments(article: Article) -> Iterator[Enclosure]:
    """The enclosures that can be linked to, with addresses fit for it."""
    for enclosure in article.enclosures:
        if address := web_address(enclosure.url):
            yield msgspec.structs.replace(enclosure, url=address, type=_media_type(enclosure))


def _media_type(enclosure: Enclosure) -> str:
    """Its MIME type, guessed from its address where unknown; the guess is the same on every machine."""
    if MEDIA_TYPE.fullmatch(enclosure.type or ""):
        return str(enclosure.type)
    guessed, _ = MimeTypes().guess_type(urlsplit(enclosure.url).path)
    return guessed or "application/octet-stream"


def story_html(story: Story) -> str:
    """The text of an item as safe HTML: the representative's own, its outlet, and where else the story stands."""
    article = story.representative
    own = [_text(article), f"<p>Source: {_link(article.source.url, article.source.name)}</p>"]
    elsewhere = [*_list("Also covered by", others(story)), *_list("Also published by", reprints(story))]
    return legal("\n".join(part for part in [*own, *elsewhere] if part))


def _text(article: Article) -> str:
    from aggregator import safe_html

    safe = safe_html(article.content, article.url).strip() if article.content else ""
    return safe or (f"<p>{_shown(article.summary)}</p>" if article.summary.strip() else "")


def _list(heading: str, articles: Sequence[Article]) -> Iterator[str]:
    if articles:
        yield f"<p>{heading}:</p>"
        items = (f"<li>{_shown(one.source.name)}: {_link(one.url, headline(one))}</li>" for one in articles)
        yield f"<ul>{''.join(items)}</ul>"


def _link(url: str | None, text: str) -> str:
    address, shown = web_address(url), _shown(text)
    return f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _shown(text: str) -> str:
    return escape(text, quote=False)
