"""Read the whole article where a feed gives its beginning only.

    [[filters]]
    plugin = "fulltext"
    sources = ["Example World"]      # those whose feeds are cut; without it, all

The page that an article links to is asked for when the article is new, and when its feed has changed it, as politely as
any other: after robots.txt, few at a time, with the limits of `[http]`. Its text takes the place of the feed's where it
is longer. A picture, authors and a date are taken where the feed states none.

A site that refuses (HTTP 401, 402, 403, 451, or its robots.txt) is named, and not asked again for a week; its articles
stay as the feed has them. So do those whose page is gone, or holds no article.

Put it behind filters that drop articles: what they drop need not be asked for. Filters that look at the text go behind
it.
"""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from aggregator import Article, FetchError, Http, Item, Register, SourceError, hookimpl
from aggregator.text.dates import parse_date
from aggregator.text.plain import plain

WEEK = 7 * 24 * 3600
REFUSALS = frozenset({401, 402, 403, 451})
NOBODYS_FAULT = frozenset({404, 410})


async def fulltext(
    article: Article,
    http: Http,
    *,
    state: dict[str, Any],
    least: Annotated[
        int, Meta(ge=0, description="An article with so many characters of text is left as it is.")
    ] = 1500,
) -> Article:
    """Read the whole article from its page, where the feed has only its beginning."""
    host = urlsplit(article.url or "").hostname
    if not article.url or not host or _length(article.content or article.summary) >= least or _refuses(state, host):
        return article
    try:
        answer = await http.get(article.url, page=True)
    except FetchError as error:
        _learn(error, state, host)
        return article
    from aggregator import aside  # asyncio and lxml, which runs without it need not pay
    from aggregator.pages import read_article

    kind = answer.headers.get("Content-Type", "")
    found = await aside(read_article, answer.body, answer.url, kind, article.title)
    return article if found is None else _completed(article, found)


def _length(markup: str) -> int:
    return len(plain(markup))


def _refuses(state: dict[str, Any], host: str) -> bool:
    until = state.get("refused", {}).get(host, 0)
    return bool(time.time() < until <= time.time() + WEEK)


def _learn(error: FetchError, state: dict[str, Any], host: str) -> None:
    """Raises SourceError for what somebody should hear of."""
    if error.status in REFUSALS or error.kind == "robots":
        state["refused"] = _still(state.get("refused", {})) | {host: int(time.time()) + WEEK}
        raise SourceError(f"{error}; {host} is not asked for whole articles for a week") from error
    if error.status not in NOBODYS_FAULT and error.kind not in ("held", "offline"):
        raise error


def _still(refused: dict[str, int]) -> dict[str, int]:
    return {host: until for host, until in refused.items() if until > time.time()}


def _completed(article: Article, found: Item) -> Article:
    content = found.content or ""
    longer = _length(content) > _length(article.content or article.summary)
    return article.replace(
        content=content if longer else article.content,
        authors=article.authors or _names(found.authors),
        published=article.published or parse_date(found.published),
        image=article.image or found.image,
    )


def _names(authors: Any) -> tuple[str, ...]:
    names = [authors] if isinstance(authors, str) else authors or ()
    return tuple(plain(name) for name in names if isinstance(name, str))


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(fulltext)
