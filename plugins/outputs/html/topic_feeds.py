"""Writes an RSS feed for each topic."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.model import Deferred

from .inner import Inner


def topic_feeds(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the feeds."""
    yield from ()
