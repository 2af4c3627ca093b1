"""Names of the pages of a site: safe and stable file names, relative to its folder, with "/" between folders.

A name never contains a text of a source: it consists of a date, digests, and the letters a to z and digits of a tag or
of the name of an outlet. It is lower case, so that no two names are the same file where case does not count, and no
device name of Windows. It depends on nothing that a publisher corrects later: a page keeps its address.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, date

from aggregator.model import Article, Story, StoryReference
from aggregator.outputs.text import legal

FRONT_PAGE = "index.html"
ARCHIVE_PAGE = "archive.html"
SEARCH_PAGE = "search.html"
SOURCES_PAGE = "sources.html"
TAGS_PAGE = "tags.html"
ARTICLE_DIGITS = 12
"""Hexadecimal digits of the digest in the name of an article or story: about one collision in a month of ten million
articles."""
SLUG_DIGITS = 8
LONGEST_SLUG = 60
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"|index|con|prn|aux|nul|(?:com|lpt)[0-9]|(?:.*-)?[0-9a-f]{8}", re.ASCII)
"""Slugs that another page or a device of Windows has, and those that end as if they had a digest."""


def article_page(article: Article) -> str:
    """Return the name of the page of an article: "articles/2026/11/3f2a9c1bd45e.html".

    The month is that of `first_seen`, because a publisher may correct the date, title and address of an article; the
    digest is that of its source and its `id`, which is unique in the source.
    """
    seen = article.first_seen.astimezone(UTC)
    digest = _digest(article.source.name, article.id, size=ARTICLE_DIGITS)
    return f"articles/{seen.year:04}/{seen.month:02}/{digest}.html"


def story_page(story: Story | StoryReference) -> str:
    """Return the name of the page of a story: "stories/3f/3f2a9c1bd45e.html". It depends only on its `id`."""
    digest = _digest(story.id, size=ARTICLE_DIGITS)
    return f"stories/{digest[:2]}/{digest}.html"


def page_of(story: Story) -> str:
    """Return the name of the page that a headline leads to: of the story, or of its article if it has only one."""
    return story_page(story) if has_story_page(story) else article_page(story.representative)


def has_story_page(story: Story) -> bool:
    """Return whether a story has a page of its own: it has several articles, or copies."""
    return len(story.articles) > 1 or bool(story.copies)


def tag_page(tag: str) -> str:
    """Return the name of the page of a tag: "tags/world.html". Different tags have different pages."""
    return f"tags/{slug(tag)}.html"


def tag_feed(tag: str) -> str:
    """Return the name of the RSS feed of a tag: "tags/world.xml"."""
    return f"tags/{slug(tag)}.xml"


def source_page(name: str) -> str:
    """Return the name of the page of an outlet, by its name: "sources/example-news-3f2a9c1b.html"."""
    return f"sources/{slug(name)}.html"


def edition_page(day: date) -> str:
    """Return the name of the front page of a past day: "2026/11/29/index.html"."""
    return f"{day.year:04}/{day.month:02}/{day.day:02}/index.html"


def slug(text: str) -> str:
    """Return a text in lower-case ASCII letters, digits and "-", with a digest unless it is in these already."""
    text = legal(text)
    letters = unicodedata.normalize("NFKD", text[: LONGEST_SLUG * 4]).casefold().encode("ascii", "ignore").decode()
    slug = _NOT_SLUG.sub("-", letters)[:LONGEST_SLUG].strip("-")
    if slug == text and not _RESERVED.fullmatch(slug):
        return slug
    return f"{slug}-{_digest(text, size=SLUG_DIGITS)}".lstrip("-")


def _digest(*parts: str, size: int) -> str:
    """Return a digest in hexadecimal digits."""
    joined = "\0".join(legal(part) for part in parts)
    return hashlib.blake2b(joined.encode(), digest_size=size // 2).hexdigest()
