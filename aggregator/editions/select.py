"""Select what outputs show: stories from the store, and the sources as subscriptions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.config.settings import OutputSettings
from aggregator.config.values import holds_secret
from aggregator.model import Story, Subscription
from aggregator.scheduling.state import Source
from aggregator.store import Selection, Store


class SelectedStories:
    """Reads the stories of outputs from the store, each selection once. `now`: of the run."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._read: dict[tuple[Selection, str], list[Story]] = {}

    def of(self, output: OutputSettings) -> list[Story]:
        """Return the stories of an output, newest first."""
        selection = Selection(
            limit=output.limit,
            since=self._now - output.since if output.since else None,
            tags=output.tags,
            sources=output.sources,
            language=output.language,
        )
        expression = output.select
        key = selection, str(expression or "")
        if key not in self._read:
            condition = (lambda story: expression.holds(story, self._now)) if expression else None
            self._read[key] = self._store.stories(selection, condition)
        return self._read[key]


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
