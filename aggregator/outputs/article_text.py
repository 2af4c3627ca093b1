"""Returns the texts of an article as they are shown: headline, summary, by-line, name of the outlet.

An `Article` holds what was received; these functions clean it when it is shown, so that a better rule applies to old
articles as well.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from aggregator.model import Article, Outlet
from aggregator.outputs.name_lists import Words, collapsed
from aggregator.text.author_names import author_names
from aggregator.text.headlines import without_outlet
from aggregator.text.outlet_names import outlet_name
from aggregator.text.plain import shorten
from aggregator.text.summaries import clean_summary

MAX_AUTHORS = 3
"""Names in a by-line; of more, the first ones and their number are shown."""
_EXCERPT = 120
"""Characters of a summary that stands for a missing title."""


def headline(article: Article) -> str:
    """Return the title without the name of the outlet at its end. Never empty.

    Without a title, the beginning of the summary, else the URL, else the name of the outlet.

    >>> headline(Article(id="1", url=None, title="The bridge reopens | Courier", source=Outlet("The Courier"), ...))
    'The bridge reopens'
    """
    title = without_outlet(" ".join(article.title.split()), article.source.name, _home(article))
    if title:
        return title
    summary = shorten(clean_summary(article.summary, "", article.source.name, _home(article)), _EXCERPT)
    return summary or article.url or article.source.name.strip() or "Untitled"


def summary(article: Article) -> str:
    """Return the summary without "Read more" and the like, or "" if it says nothing that the title does not.

    >>> summary(Article(id="1", url=None, title="A", summary="Buses cross. Read more →", source=Outlet("B"), ...))
    'Buses cross.'
    """
    return _summary(article.summary, article.title, article.source.name, _home(article))


def authors(article: Article) -> tuple[str, ...]:
    """Return the names of the authors: no roles, no addresses, not the outlet itself; often empty.

    >>> authors(Article(id="1", url=None, title="A", authors=("By Jane Doe, Staff Writer",), source=Outlet("B"), ...))
    ('Jane Doe',)
    """
    return _authors(article.authors, article.source.name, _home(article))


def byline(article: Article, words: Words) -> str:
    """Return the authors in one line, or "": at most three, then the number of the others. `words`: an `EditionTexts`.

    >>> byline(Article(id="1", url=None, title="A", authors=("Ann Lee", "Bob Ray"), source=Outlet("B"), ...), words)
    'Ann Lee and Bob Ray'
    """
    return collapsed(authors(article), words, MAX_AUTHORS)


def shown_outlet(outlet: Outlet, configured: Collection[str] = ()) -> str:
    """Return the name of an outlet: "The Guardian" for "World news | The Guardian". See `outlet_name`.

    `configured`: names that are shown as they are, since the user has chosen them.

    >>> shown_outlet(Outlet("World news | The Guardian", "https://www.theguardian.com/world"))
    'The Guardian'
    """
    return outlet.name if outlet.name in configured else outlet_name(outlet.name, outlet.url)


_summary = lru_cache(maxsize=100)(clean_summary)
"""An item of a feed needs a summary twice."""
_authors = lru_cache(maxsize=1000)(author_names)
"""Outlets have few authors."""


def _home(article: Article) -> str | None:
    """Return the home page of the outlet; the URL of the article has the same host if that is unknown."""
    return article.source.url or article.url
