"""Try the configured filters on some articles: what each takes and changes, with nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from aggregator.config.settings import FilterSettings
from aggregator.http.client import Client
from aggregator.ingest.filters import Dropped, Filters, bind_filters
from aggregator.model import Article
from aggregator.plugin.registry import Registry


class Taken(msgspec.Struct, frozen=True):
    """An article that a filter drops, and why."""

    title: str
    url: str | None
    reason: str


class Changed(msgspec.Struct, frozen=True):
    """An article that a filter changes: under the title and address that it had, and which of its fields."""

    title: str
    url: str | None
    fields: tuple[str, ...]


class Trial(msgspec.Struct, frozen=True):
    """What one filter did. `label`: its table in the configuration; `shown`: how many articles it was shown."""

    plugin: str
    label: str
    shown: int
    dropped: tuple[Taken, ...]
    changed: tuple[Changed, ...]


async def try_filters(  # noqa: PLR0913 - what the pipeline gives its filters
    settings: Sequence[FilterSettings],
    registry: Registry,
    client: Client,
    articles: Sequence[Article],
    source: str,
    failed: Callable[[str], None],
) -> tuple[list[Trial], list[Article]]:
    """What each filter did, in their order, and the articles that remain.

    `source`: the name of the source; `failed`: is told in one line what went wrong. Raises ConfigError or PluginError.
    """
    trials, left = [], list(articles)
    for one, table in zip(bind_filters(settings, registry), settings, strict=True):
        shown = sum(1 for article in left if one.concerns(article, source))
        found, _ = await Filters([one], client, failed).apply(left, source)
        both = list(zip(left, found, strict=True))
        dropped = [Taken(a.title, a.url, result.reason) for a, result in both if isinstance(result, Dropped)]
        changed = [Changed(a.title, a.url, fields) for a, result in both if (fields := _changed(a, result))]
        trials.append(Trial(table.plugin, table.label, shown, tuple(dropped), tuple(changed)))
        left = [result for result in found if isinstance(result, Article)]
    return trials, left


def _changed(before: Article, after: Any) -> tuple[str, ...]:
    if not isinstance(after, Article):
        return ()
    return tuple(name for name in Article.__struct_fields__ if getattr(before, name) != getattr(after, name))
