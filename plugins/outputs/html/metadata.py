"""Describes pages for other programs: Open Graph, and JSON-LD with the vocabulary of schema.org.

A page of an article says that it is based on the publisher's article, which it names with its author and publisher; it
does not claim the article for this site.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec

from aggregator import Article, Edition, Story
from aggregator.outputs.article_text import authors, headline
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.text import web_address

MOST_PARTS = 50
"""Articles of a story that JSON-LD lists."""
_NOT_IN_SCRIPTS = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of a page states. `type`: of Open Graph; `image`: absolute URL, or ""; `original`: URL of the
    article that a page shows, or ""; `json_ld`: safe in a `script` element."""

    title: str
    description: str = ""
    type: str = "website"
    image: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    original: str = ""
    json_ld: str = ""
    indexed: bool = True


def article_metadata(article: Article, summary: str, edition: Edition, address: str, image: str) -> Metadata:
    """Return the metadata of the page of an article. `address`: of the page, absolute, or ""."""
    original = web_address(article.url) or ""
    about = _news_article(article, edition) | _present(image=image)
    page = _page("WebPage", headline(article), edition, address) | {"mainEntity": about} | _present(isBasedOn=original)
    return Metadata(
        title=headline(article),
        description=summary[:300],
        type="article",
        image=image,
        published=article.date,
        updated=article.updated,
        original=original,
        json_ld=_script(page),
        indexed=False,
    )


def story_metadata(story: Story, summary: str, edition: Edition, address: str, image: str) -> Metadata:
    """Return the metadata of the page of a story."""
    parts = [_news_article(one, edition) for one in story.articles[:MOST_PARTS]]
    page = _page("CollectionPage", headline(story.shown), edition, address)
    page |= {"dateModified": story.updated.isoformat(), "hasPart": parts} | _present(image=image)
    return Metadata(
        title=headline(story.shown),
        description=summary[:300],
        type="article",
        image=image,
        published=story.published,
        updated=story.updated,
        json_ld=_script(page),
    )


def _page(kind: str, name: str, edition: Edition, address: str) -> dict[str, Any]:
    site = {"@type": "WebSite", "name": edition.title} | _present(url=web_address(edition.url))
    page = {"@context": "https://schema.org", "@type": kind, "name": name, "isPartOf": site}
    return page | _present(url=address)


def _news_article(article: Article, edition: Edition) -> dict[str, Any]:
    publisher = {"@type": "Organization", "name": outlet_name(article.source, edition)} | _present(
        url=web_address(article.source.url)
    )
    return {
        "@type": "NewsArticle",
        "headline": headline(article),
        "datePublished": article.date.isoformat(),
        "publisher": publisher,
    } | _present(
        url=web_address(article.url),
        dateModified=article.updated and article.updated.isoformat(),
        inLanguage=article.language,
        author=[{"@type": "Person", "name": name} for name in authors(article)],
    )


def _present(**values: Any) -> dict[str, Any]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value}


def _script(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_NOT_IN_SCRIPTS)
