"""Saves articles in a store and assigns them to stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.config.settings import SourceSettings
from aggregator.grouping.types import Grouping, Placement
from aggregator.ingest.identify import FetchedArticle, Identified, SourceArticles
from aggregator.model import Article, Outlet
from aggregator.scheduling.state import SourceState
from aggregator.store import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)
SOURCES = [SourceSettings(url=f"https://{name}.example/feed", name=name) for name in ("one", "two")]


def article(number: int, **changes: Any) -> Article:
    original = Article(
        id=f"id{number}",
        url=f"https://one.example/{number}",
        title=f"Häuser am Fluß {number}",
        summary=f"Summary of number {number}",
        published=NOW - timedelta(hours=number),
        first_seen=NOW,
        source=Outlet("One", "https://one.example/"),
    )
    return original.replace(**changes)


def save(store: Store, articles: list[Article], source: int = 0, now: datetime = NOW) -> SourceState:
    state = store.states(SOURCES)[source]
    identified = [Identified(fetched=FetchedArticle(article=a, guid=a.id, fingerprint=a.id.encode())) for a in articles]
    store.save(state, SourceArticles(identified=identified), b"", now)
    return state


def ungrouped(store: Store, limit: int = 1000) -> dict[str, int]:
    """Return the keys of the articles without a story, by their ids."""
    articles = store.by_key([one.key for one in store.articles_to_group(limit)])
    return {article.id: key for key, article in articles.items()}


def place(store: Store, *stories: list[int], copies: dict[int, int] | None = None) -> None:
    """Assign the articles of these numbers, in the order in which they were saved, to stories."""
    keys = ungrouped(store)
    placements = []
    founded = {}
    for number, members in enumerate(stories):
        story = f"urn:uuid:{number:08}"
        founded[story] = 0
        placements.append(Placement(key=keys[f"id{members[0]}"], story=story))
        placements += [Placement(key=keys[f"id{m}"], story=story, why=f"because of {m}") for m in members[1:]]
    for copy, original in (copies or {}).items():
        story = next(p.story for p in placements if p.key == keys[f"id{original}"])
        placements.append(
            Placement(key=keys[f"id{copy}"], story=story, why="the same text", duplicate_of=keys[f"id{original}"])
        )
    store.save_grouping(Grouping(placements=placements, new_stories=founded), WINDOW, NOW)
