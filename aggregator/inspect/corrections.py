"""Correct by hand what grouping decided. The last word counts, in all later runs, and is kept as a labelled pair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.errors import StoreError
from aggregator.model import Article, Story
from aggregator.store import Store, Trace
from aggregator.text.urls import canonical


def split_article(what: str, store: Store, window: timedelta) -> str:
    """Take the article with this address, id or guid out of its story; its title. Raises StoreError where there is not
    exactly one, or where it is alone."""
    trace = find_one(what, store)
    assert trace.key is not None
    store.split(trace.key, window, datetime.now(UTC))
    return trace.title


def merge_stories(first: str, second: str, store: Store, window: timedelta) -> Story:
    """Make one story of two, given by the beginnings of their ids; that story. Raises StoreError."""
    a, b = store.story(first), store.story(second)
    if a.id == b.id:
        raise StoreError(f"{first!r} and {second!r} are one story already: {a.title}")
    store.merge(a.id, b.id, window, datetime.now(UTC))
    return store.story(a.id)


def find_one(what: str, store: Store) -> Trace:
    """The one article with this address, id or guid. Raises StoreError."""
    found = [trace for trace in store.find(what, canonical(what)) if trace.key is not None]
    if not found:
        raise StoreError(f"no article is known by {what!r}; `aggregate search WORDS` finds articles")
    if len(found) > 1:
        names = ", ".join(sorted(trace.source for trace in found))
        raise StoreError(f"{what!r} stands for {len(found)} articles ({names}): name it by its id")
    if found[0].story is None:
        raise StoreError(f"{found[0].title!r} is not grouped yet: the next run does it")
    return found[0]


def labelled_pairs(store: Store) -> list[dict[str, Any]]:
    """All that was corrected, as pairs: `a` and `b` (ids), `label` ("same" or "different"), `kind`, when, and both
    articles."""
    return [
        {
            "a": one.a.id,
            "b": one.b.id,
            "label": "same" if one.same else "different",
            "kind": "corrected",
            "made": datetime.fromtimestamp(one.made, UTC),
            "articles": [_shown(one.a), _shown(one.b)],
        }
        for one in store.corrections()
    ]


def _shown(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "summary": article.summary,
        "url": article.url,
        "source": article.source.name,
        "published": article.published,
        "language": article.language,
    }
