"""Converts articles to rows of the store, and rows to articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping

from aggregator.model import Article, Enclosure, Outlet, Related

CHUNK = 500

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


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Split values for lists. SQLite allows 32,766 variables; shorter lists are planned better."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def index_keys(connection: Connection, texts: Iterable[str]) -> list[str]:
    """Return what indexes contain of these texts, in order: see `schema.IndexKey`."""
    if connection.dialect.name == "postgresql":
        return [md5(text.encode(), usedforsecurity=False).hexdigest() for text in sorted(texts)]
    return sorted(texts)


def to_row(article: Article) -> dict[str, Any]:
    """Return the columns of an article, without its content and the columns that belong to the store."""
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "summary": article.summary,
        "authors": _json(article.authors),
        "published": epoch(article.published),
        "updated": epoch(article.updated),
        "first_seen": epoch(article.first_seen),
        "date": epoch(article.order),
        "language": article.language,
        "tags": _json(article.tags),
        "image": article.image,
        "enclosures": _json(article.enclosures),
        "related": _json(article.related),
        "outlet": article.source.name,
        "outlet_url": article.source.url,
        "place": article.place,
    }


def from_row(row: RowMapping, content: str | None = None) -> Article:
    """Return the article of a row."""
    first_seen = moment(row["first_seen"])
    assert first_seen
    return Article(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        content=content,
        authors=_texts(row["authors"]) if row["authors"] else (),
        published=moment(row["published"]),
        updated=moment(row["updated"]),
        first_seen=first_seen,
        language=row["language"],
        tags=_texts(row["tags"]) if row["tags"] else (),
        image=row["image"],
        enclosures=_enclosures(row["enclosures"]) if row["enclosures"] else (),
        source=_outlet(row["outlet"], row["outlet_url"]),
        related=_related(row["related"]) if row["related"] else (),
        backlog=row["date"] == 0,
        place=row["place"],
    )


@lru_cache(maxsize=1024)
def _outlet(name: str, url: str | None) -> Outlet:
    """Interned: saves about 10 % of memory with thousands of articles."""
    return Outlet(name, url)


def _json(values: tuple[Any, ...]) -> str | None:
    return _encode(values).decode() if values else None
