"""Fetches the page of an article and extracts the article, for plugins that complete articles from their pages."""

from __future__ import annotations

from aggregator import Http, Item

GONE = frozenset({404, 410})
"""HTTP statuses of a page that no longer exists."""
REFUSED = frozenset({401, 402, 403, 451})
"""HTTP statuses of a site that does not serve its articles to programs."""


async def fetch_article(http: Http, url: str, title: str | None = None) -> Item | None:
    """Return the article on a page, or None for a page without one. `title`: its headline elsewhere.

    Raises FetchError where the request fails, SourceError and TimeoutError where the extraction fails.
    """
    response = await http.get(url, page=True)
    from aggregator import aside  # loads asyncio and lxml, only for runs that need them
    from aggregator.pages import read_article

    content_type = response.headers.get("Content-Type", "")
    article: Item | None = await aside(read_article, response.body, response.url, content_type, title)
    return article
