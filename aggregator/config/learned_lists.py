"""Adds the feeds of subscription lists on the web to the sources, as of the last time each list was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from aggregator.config.lists import SourceIndex, apply_list_settings
from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.model import Subscription


def add_learned_feeds(config: Config, subscriptions: Mapping[str, Sequence[Subscription]]) -> Config:
    """Return the configuration with the feeds of its subscription lists, each after the list it comes from.

    `subscriptions`: the feeds of each list, by `SourceSettings.key`.
    """
    if not any(source.key in subscriptions for source in config.sources):
        return config
    index = SourceIndex(config.sources)
    sources: list[SourceSettings] = []
    for source in config.sources:
        sources.append(source)
        sources += index.add_new(_feeds(source, subscriptions.get(source.key, ())))
    return msgspec.structs.replace(config, sources=tuple(sources))


def _feeds(entry: SourceSettings, subscriptions: Sequence[Subscription]) -> list[SourceSettings]:
    """Return the feeds of a list as sources, except invalid addresses and files."""
    reader = Reader(entry.file, {})
    feeds = []
    for subscription in subscriptions:
        table = {"url": subscription.feed, "name": subscription.name, "tags": list(subscription.tags)}
        feed = reader.read_feed(apply_list_settings({key: value for key, value in table.items() if value}, entry))
        if not reader.problems and feed.url and not feed.url.startswith("file:"):
            feeds.append(msgspec.structs.replace(feed, where=f"{entry.where}: {feed.where}"))
        reader.problems.clear()
    return feeds
