"""Reads what grouping compares: the wordings of articles, those that have a story, and how common words are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from aggregator.grouping.features.wording import Wording
from aggregator.grouping.types import RECORD_VERSION, GroupedArticle
from aggregator.model import OLDEST_YEAR
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks
from aggregator.store.prepared import Prepared

WORDING = ", ".join(
    f"articles.{name}" for name in ("title", "summary", "outlet", "url", "language", "published", "first_seen", "date")
)
"""The columns of a wording, in the words of a query."""
GROUPED = (
    "SELECT a.key, a.date, a.first_seen, a.outlet, a.story, r.body, r.links "
    "FROM articles a LEFT JOIN records r ON r.article = a.key AND r.version = :version"
)
"""The beginning of a query whose rows are those of `grouped_articles`."""
_FREQUENCIES = Prepared("SELECT body FROM words_met WHERE version = :version")
_OLDEST = int(datetime(OLDEST_YEAR, 1, 1, tzinfo=UTC).timestamp())
_BY_KEY = Prepared(f"SELECT key, {WORDING} FROM articles WHERE key IN :keys")  # noqa: S608 - constants


def wordings(connection: Connection, keys: Sequence[int]) -> dict[int, Wording]:
    """Return the wordings of articles by key."""
    return {key: wording_of(row) for chunk in chunks(keys) for key, *row in _BY_KEY.execute(connection, keys=chunk)}


def wording_of(values: Sequence[Any]) -> Wording:
    """Return the wording of an article with these values of `WORDING`."""
    title, summary, outlet, url, language, published, first_seen, date = values
    dated = published is not None and published >= _OLDEST  # as `Article.dated`
    return Wording(title, summary, outlet, url, language, date if dated else first_seen, dated)


def grouped_articles(rows: Iterable[Sequence[Any]]) -> Iterator[GroupedArticle]:
    """Yield the articles of the rows of a `GROUPED` query."""
    for key, time, first_seen, outlet, story, record, links in rows:
        yield GroupedArticle(
            key=key,
            time=time,
            first_seen=first_seen,
            outlet=outlet,
            story=story,
            record=record,
            links=links,
        )


def frequencies(connection: Connection) -> bytes | None:
    """Return the word frequencies that the last grouping stored."""
    body: bytes | None = _FREQUENCIES.value(connection, version=RECORD_VERSION)
    return body
