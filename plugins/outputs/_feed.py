"""Builds what RSS, Atom and JSON Feed have in common: item text, authors, tags, language and attachments."""

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
from aggregator.outputs.text import headline, legal, others, reprints, web_address

Hub = Annotated[
    Annotated[str, Meta(pattern="^https?://")] | None,
    Meta(description="Address of the WebSub hub that notifies subscribers."),
]
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def feed_title(edition: Edition) -> str:
    """Return the title of the feed, which must not be empty in any format."""
    return edition.title.strip() or "News"


def feed_id(edition: Edition) -> str:
    """Return a permanent IRI of the feed: its own address, or else a URN."""
    name = f"{edition.title}/{edition.itself.path}"
    return web_address(edition.itself.url) or uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def feed_language(stories: Iterable[Story]) -> str | None:
    """Return the language of all stories, or None if they differ."""
    languages = {story.representative.language for story in stories}
    return languages.pop() if len(languages) == 1 else None


def authors(article: Article) -> tuple[str, ...]:
    """Return the names of the authors, or else of the outlet."""
    names = tuple(name.strip() for name in article.authors if name.strip())
    return names or (article.source.name.strip() or "Unknown",)


def tags(story: Story) -> Iterator[str]:
    """Yield the tags of the story, stripped and not empty, as an attribute requires."""
    return (tag.strip() for tag in story.tags if tag.strip())


def attachments(article: Article) -> Iterator[Enclosure]:
    """Yield the enclosures with a web address, with valid address and MIME type."""
    for enclosure in article.enclosures:
        if address := web_address(enclosure.url):
            yield msgspec.structs.replace(enclosure, url=address, type=_media_type(enclosure))


def _media_type(enclosure: Enclosure) -> str:
    """Return the MIME type, guessed from the address if unknown, independently of the machine."""
    if MEDIA_TYPE.fullmatch(enclosure.type or ""):
        return str(enclosure.type)
    guessed, _ = MimeTypes().guess_type(urlsplit(enclosure.url).path)
    return guessed or "application/octet-stream"


def story_html(story: Story) -> str:
    """Return the text of an item as safe HTML: first article, its outlet, links to other articles and copies."""
    article = story.representative
    main = [_text(article), f"<p>Source: {_link(article.source.url, article.source.name)}</p>"]
    elsewhere = [*_list("Also covered by", others(story)), *_list("Also published by", reprints(story))]
    return legal("\n".join(part for part in [*main, *elsewhere] if part))


def _text(article: Article) -> str:
    from aggregator import safe_html

    safe = safe_html(article.content, article.url).strip() if article.content else ""
    return safe or (f"<p>{_escaped(article.summary)}</p>" if article.summary.strip() else "")


def _list(heading: str, articles: Sequence[Article]) -> Iterator[str]:
    if articles:
        yield f"<p>{heading}:</p>"
        items = (f"<li>{_escaped(item.source.name)}: {_link(item.url, headline(item))}</li>" for item in articles)
        yield f"<ul>{''.join(items)}</ul>"


def _link(url: str | None, text: str) -> str:
    address, label = web_address(url), _escaped(text)
    return f'<a href="{escape(address)}">{label}</a>' if address else label


def _escaped(text: str) -> str:
    return escape(text, quote=False)
