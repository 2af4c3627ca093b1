"""Converts articles to rows of the store, and rows to articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5
from operator import attrgetter
from typing import Any

import msgspec

from aggregator.model import Article, Enclosure, Outlet, Related
from aggregator.store.connection import Connection

CHUNK = 500
COLUMNS = (
    *("id", "url", "title", "summary", "authors", "published", "updated", "first_seen", "date", "language"),
    *("tags", "image", "enclosures", "related", "outlet", "outlet_url", "place"),
)
"""The columns of an article, without those that belong to the store."""
SELECTED = ", ".join(f"articles.{name}" for name in COLUMNS)
"""They, in the words of a query."""

_pick = attrgetter(*COLUMNS)
_encode = msgspec.json.Encoder().encode
_texts = msgspec.json.Decoder(tuple[str, ...]).decode
_enclosures = msgspec.json.Decoder(tuple[Enclosure, ...]).decode
_related = msgspec.json.Decoder(tuple[Related, ...]).decode


def epoch(time: datetime | None) -> int | None:
    """Return whole seconds since 1970."""
    return None if time is None else int(time.timestamp())


def moment(seconds: int | float | None) -> datetime | None:
    """Return the UTC time of seconds since 1970."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """Split values for lists. SQLite allows 32,766 variables; shorter lists are planned better."""
    return ([*values[start : start + CHUNK]] for start in range(0, len(values), CHUNK))


def index_keys(connection: Connection, texts: Iterable[str]) -> list[str]:
    """Return what indexes contain of these texts, in order: see `dialects.translate`."""
    if connection.dialect == "postgresql":
        return [md5(text.encode(), usedforsecurity=False).hexdigest() for text in sorted(texts)]
    return sorted(texts)


def values_of(article: Article) -> tuple[Any, ...]:
    """Return the columns of an article, those of `COLUMNS`, without its content."""
    return (
        article.id,
        article.url,
        article.title,
        article.summary,
        _json(article.authors),
        epoch(article.published),
        epoch(article.updated),
        epoch(article.first_seen),
        epoch(article.order),
        article.language,
        _json(article.tags),
        article.image,
        _json(article.enclosures),
        _json(article.related),
        article.source.name,
        article.source.url,
        article.place,
    )


def from_row(row: Any, content: str | None = None) -> Article:
    """Return the article of a row that has its columns as attributes."""
    return article_of(_pick(row), content)


def article_of(values: Sequence[Any], content: str | None = None) -> Article:
    """Return the article with the values of `COLUMNS`."""
    id, url, title, summary, authors, published, updated, first_seen, date, language = values[:10]
    tags, image, enclosures, related, outlet, outlet_url, place = values[10:]
    return Article(
        id=id,
        url=url,
        title=title,
        summary=summary,
        content=content,
        authors=texts_of(authors),
        published=moment(published),
        updated=moment(updated),
        first_seen=datetime.fromtimestamp(first_seen, UTC),
        language=language,
        tags=texts_of(tags),
        image=image,
        enclosures=_enclosures(enclosures) if enclosures else (),
        source=outlet_of(outlet, outlet_url),
        related=_related(related) if related else (),
        backlog=date == 0,
        place=place,
    )


@lru_cache(maxsize=1024)
def outlet_of(name: str, url: str | None) -> Outlet:
    """Return an outlet. Interned: saves about 10 % of memory with thousands of articles."""
    return Outlet(name, url)


def texts_of(stored: str | None) -> tuple[str, ...]:
    """Return the texts of a column that is a list of them."""
    return _texts(stored) if stored else ()


def _json(values: tuple[Any, ...]) -> str | None:
    return _encode(values).decode() if values else None
