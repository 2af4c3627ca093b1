"""Names the pages of the newspaper, relative to its root: stable, and never made from a title."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from datetime import UTC

from aggregator.model import Article, Story

FRONT_PAGE = "index.html"
ARCHIVE_PAGE = "archive.html"
SOURCES_PAGE = "sources.html"
SEARCH_PAGE = "search.html"

_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 40


def article_page(article: Article) -> str:
    """Return the name of the page of an article: "articles/2026/11/3f2a9c1bd4.html"."""
    identity = f"{article.source.name}\n{article.id}"
    return f"articles/{_month(article.date)}/{_digest(identity)}.html"


def story_page(story: Story) -> str:
    """Return the name of the page of a story: "stories/2026/11/3f2a9c1bd4.html"."""
    return f"stories/{_month(story.published)}/{_digest(story.id)}.html"


def tag_page(tag: str) -> str:
    """Return the name of the page of a tag: "tags/science.html"."""
    return f"tags/{slug(tag)}.html"


def source_page(name: str) -> str:
    """Return the name of the page of a source: "sources/example-world.html"."""
    return f"sources/{slug(name)}.html"


def edition_page(day: dt.date) -> str:
    """Return the name of the front page of a day: "2026/11/29/index.html"."""
    return f"{day.year:04}/{day.month:02}/{day.day:02}/index.html"


def slug(name: str) -> str:
    """Return a name in ASCII, with a digest if it lost more than capitals and spaces: "science", "kultur-4d07c2"."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    short = _OTHER.sub("-", ascii_only.lower()).strip("-")[:_LONGEST].strip("-")
    if short and short == "-".join(name.lower().split()):
        return short
    return "-".join(part for part in (short, _digest(name)[:6]) if part)


def _month(date: dt.datetime) -> str:
    return f"{date.astimezone(UTC):%Y/%m}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
