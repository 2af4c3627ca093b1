"""Between the model and rows of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from aggregator.model import Article, Enclosure, Outlet, Related

CHUNK = 500

_encode = msgspec.json.Encoder().encode
_texts = msgspec.json.Decoder(tuple[str, ...]).decode
_enclosures = msgspec.json.Decoder(tuple[Enclosure, ...]).decode
_related = msgspec.json.Decoder(tuple[Related, ...]).decode


def epoch(time: datetime | None) -> int | None:
    """Whole seconds since 1970."""
    return None if time is None else int(time.timestamp())


def moment(seconds: int | float | None) -> datetime | None:
    """The other way."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values, as many at a time as one IN list takes: SQLite allows 32,766 variables, the planner likes fewer."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def marks(values: Collection[Any]) -> str:
    """The parameters of an IN list, for statements that are carried out so often that making them of objects would take
    longer."""
    return ", ".join("?" * len(values))


def to_row(article: Article) -> dict[str, Any]:
    """The columns of an article, but for its content and what the store itself knows of it."""
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
    }


def from_row(row: RowMapping, content: str | None = None) -> Article:
    """The article of a row."""
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
    )


@lru_cache(maxsize=1024)
def _outlet(name: str, url: str | None) -> Outlet:
    """One for all articles of an outlet: of many thousand in memory, it is a tenth."""
    return Outlet(name, url)


def _json(values: tuple[Any, ...]) -> str | None:
    return _encode(values).decode() if values else None
