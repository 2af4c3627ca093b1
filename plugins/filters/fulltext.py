"""Fetches the full text of articles that a feed truncates.

    [[filters]]
    plugin = "fulltext"
    sources = ["Example World"]      # sources with truncated feeds; without it, all sources

The filter fetches the page of each new article, and of each article that its feed has changed. These requests obey
robots.txt, the concurrency limits and `[http]`, like all others. The text of the page replaces that of the feed if it
is longer. Image, authors and date are taken from the page if the feed does not state them.

If a site refuses (HTTP 401, 402, 403, 451, or its robots.txt), the run reports it and sends no further requests for its
articles for a week; the articles stay as the feed has them. So do articles whose page is gone or holds no article.

Put this filter after filters that drop articles, to avoid requests for dropped articles, and before filters that use
the text.
"""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from aggregator import Article, FetchError, Http, Item, Register, SourceError, hookimpl
from aggregator.text.dates import parse_date
from aggregator.text.plain import plain

from .._article_page import GONE, REFUSED, fetch_article

WEEK = 7 * 24 * 3600


async def fulltext(
    article: Article,
    http: Http,
    *,
    state: dict[str, Any],
    least: Annotated[
        int, Meta(ge=0, description="Characters of text from which on an article stays unchanged.")
    ] = 1500,
) -> Article:
    """Fetches the full text of articles that a feed truncates."""
    host = urlsplit(article.url or "").hostname
    if not article.url or not host or _length(article.content or article.summary) >= least or _refuses(state, host):
        return article
    try:
        full = await fetch_article(http, article.url, article.title)
    except FetchError as error:
        _handle_failure(error, state, host)
        return article
    return article if full is None else _completed(article, full)


def _length(markup: str) -> int:
    return len(plain(markup))


def _refuses(state: dict[str, Any], host: str) -> bool:
    until = state.get("refused", {}).get(host, 0)
    return bool(time.time() < until <= time.time() + WEEK)


def _handle_failure(error: FetchError, state: dict[str, Any], host: str) -> None:
    """Remember a host that refuses. Raises SourceError for a failure to report."""
    if error.status in REFUSED or error.kind == "robots":
        state["refused"] = _unexpired(state.get("refused", {})) | {host: int(time.time()) + WEEK}
        raise SourceError(f"{error}; full articles of {host} are not requested for a week") from error
    if error.status not in GONE and error.kind not in ("held", "offline"):
        raise error


def _unexpired(refused: dict[str, int]) -> dict[str, int]:
    return {host: until for host, until in refused.items() if until > time.time()}


def _completed(article: Article, full: Item) -> Article:
    content = full.content or ""
    is_longer = _length(content) > _length(article.content or article.summary)
    return article.replace(
        content=content if is_longer else article.content,
        authors=article.authors or _names(full.authors),
        published=article.published or parse_date(full.published),
        image=article.image or full.image,
    )


def _names(authors: Any) -> tuple[str, ...]:
    names = [authors] if isinstance(authors, str) else authors or ()
    return tuple(plain(name) for name in names if isinstance(name, str))


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(fulltext)
