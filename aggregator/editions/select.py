"""Select what outputs show: stories from the store, and the sources as subscriptions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from aggregator.config.settings import OutputSettings
from aggregator.config.values import holds_secret
from aggregator.editions.headlines import choose_headline
from aggregator.model import Story, Subscription
from aggregator.scheduling.state import Source
from aggregator.store import RecentStories, Selection, Store


class Selected(msgspec.Struct, frozen=True):
    """The stories selected for an output. `digest`: of all of them, with their texts."""

    recent: RecentStories
    digest: bytes


class SelectedStories:
    """Reads the stories of outputs from the store, each selection once. `now`: of the run."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._read: dict[tuple[Selection, str], Selected] = {}

    def of(self, output: OutputSettings) -> Selected:
        """Return the stories of an output."""
        selection = self._selection(output)
        key = selection, str(output.select or "")
        if key not in self._read:
            condition = self._condition(output)
            recent = self._store.recent_stories(selection, condition)
            self._read[key] = _selected(recent)
        return self._read[key]

    def arrived(self, output: OutputSettings, since: datetime) -> set[str]:
        """Return the ids of the stories of an output of which an article arrived since a time."""
        return self._store.arrived_stories(self._selection(output), self._condition(output), since)

    def _selection(self, output: OutputSettings) -> Selection:
        from aggregator.editions.edition import DEFAULT_LIMIT

        return Selection(
            limit=DEFAULT_LIMIT if output.limit is None else output.limit,
            since=self._now - output.since if output.since else None,
            tags=output.tags,
            sources=output.sources,
            language=output.language,
        )

    def _condition(self, output: OutputSettings) -> Callable[[Story], bool] | None:
        expression = output.select
        return (lambda story: expression.holds(story, self._now)) if expression else None


def _selected(recent: RecentStories) -> Selected:
    chosen = {story.id: choose_headline(story) for story in (*recent.newest, *recent.ranked)}
    recent = RecentStories(
        tuple(chosen[story.id] for story in recent.newest), tuple(chosen[story.id] for story in recent.ranked)
    )
    encoded = msgspec.msgpack.encode([*chosen.values()])
    return Selected(recent, hashlib.blake2b(encoded, digest_size=16).digest())


def subscriptions_of(sources: Iterable[Source]) -> list[Subscription]:
    """Return the sources as a feed reader would subscribe to them."""
    return [_subscription(source) for source in sources]


def _subscription(source: Source) -> Subscription:
    settings = source.settings
    is_feed = settings.plugin == "feed" and settings.url and not settings.url.startswith("file:")
    is_feed = is_feed and not holds_secret(settings.table.get("url"))  # outputs are public
    return Subscription(
        name=source.name, feed=settings.url if is_feed else None, home=source.state.home, tags=settings.tags
    )
