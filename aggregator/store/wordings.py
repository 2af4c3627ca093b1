"""Reads what grouping compares of articles: a third of an article."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aggregator.grouping.features.wording import Wording
from aggregator.model import OLDEST_YEAR
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks
from aggregator.store.prepared import Prepared

WORDING = ", ".join(
    f"articles.{name}" for name in ("title", "summary", "outlet", "url", "language", "published", "first_seen", "date")
)
"""The columns of a wording, in the words of a query."""
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
