"""Adds the feeds of subscription lists on the web to the sources, as of the last time each list was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    feeds = (read_listed_feed(entry, table_of(subscription)) for subscription in subscriptions)
    return [feed for feed in feeds if feed and feed.url and not feed.is_file]


def table_of(subscription: Subscription) -> dict[str, Any]:
    """Return the `[[sources]]` table of a feed of a list, without the settings of the list."""
    table = {"url": subscription.feed, "name": subscription.name, "tags": list(subscription.tags)}
    return {key: value for key, value in table.items() if value}


def read_listed_feed(entry: SourceSettings, table: dict[str, Any]) -> SourceSettings | None:
    """Return a feed of a list as a source, with the settings of the list; None if its table is invalid."""
    reader = Reader(entry.file, {})
    feed = reader.read_feed(apply_list_settings(table, entry))
    return None if reader.problems else msgspec.structs.replace(feed, where=f"{entry.where}: {feed.where}")
