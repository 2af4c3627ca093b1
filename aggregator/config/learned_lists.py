"""The feeds of subscription lists that are sources themselves: those on the web, as they were when last read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from aggregator.config.lists import Taken, merged
from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.model import Subscription


def with_listed(config: Config, found: Mapping[str, Sequence[Subscription]]) -> Config:
    """The configuration with the feeds that its sources list, each behind the source that lists it.

    `found`: what each listed, by `SourceSettings.key`.
    """
    if not any(one.key in found for one in config.sources):
        return config
    taken = Taken(config.sources)
    sources: list[SourceSettings] = []
    for entry in config.sources:
        sources.append(entry)
        sources += taken.take_in(_feeds(entry, found.get(entry.key, ())))
    return msgspec.structs.replace(config, sources=tuple(sources))


def _feeds(entry: SourceSettings, subscriptions: Sequence[Subscription]) -> list[SourceSettings]:
    """The feeds as sources; what is no address of the web is left out."""
    reader = Reader(entry.file, {})
    found = []
    for one in subscriptions:
        table = {"url": one.feed, "name": one.name, "tags": list(one.tags)}
        feed = reader.feed(merged({key: value for key, value in table.items() if value}, entry))
        if not reader.problems and feed.url and not feed.url.startswith("file:"):
            found.append(msgspec.structs.replace(feed, label=f"{entry.label}: {feed.label}"))
        reader.problems.clear()
    return found
