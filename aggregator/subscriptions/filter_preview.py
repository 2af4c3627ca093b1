"""Apply the configured filters to the articles of a preview: which articles each one drops and changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from aggregator import __version__
from aggregator.config.settings import FilterSettings
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.ingest.filters import Dropped, FilterChain, Result
from aggregator.model import Article
from aggregator.plugin.registry import Registry


class DroppedArticle(msgspec.Struct, frozen=True):
    """An article that a filter drops, and why."""

    title: str
    url: str | None
    reason: str


class ChangedArticle(msgspec.Struct, frozen=True):
    """An article that a filter changes: its title and URL before, and the names of the changed fields."""

    title: str
    url: str | None
    fields: tuple[str, ...]


class FilterPreview(msgspec.Struct, frozen=True):
    """The effect of one filter. `label`: its table in the configuration; `shown`: how many articles it applies to."""

    plugin: str
    label: str
    shown: int
    dropped: tuple[DroppedArticle, ...]
    changed: tuple[ChangedArticle, ...]


async def preview_filters(
    chain: FilterChain, settings: Sequence[FilterSettings], articles: Sequence[Article], source: str
) -> tuple[list[FilterPreview], list[Article]]:
    """Apply the filters in order. Returns the effect of each, and the articles that remain.

    `settings`: those that the chain was loaded from; `source`: the name of the source.
    """
    previews, remaining = [], list(articles)
    for configured, table in zip(chain.filters, settings, strict=True):
        shown = sum(1 for article in remaining if configured.applies_to(article, source))
        results, _ = await chain.apply_one(configured, remaining, source)
        pairs = list(zip(remaining, results, strict=True))
        dropped = [DroppedArticle(a.title, a.url, result.reason) for a, result in pairs if isinstance(result, Dropped)]
        changed = [ChangedArticle(a.title, a.url, names) for a, result in pairs if (names := _changes(a, result))]
        previews.append(FilterPreview(table.plugin, table.where, shown, tuple(dropped), tuple(changed)))
        remaining = [result for result in results if isinstance(result, Article)]
    return previews, remaining


def _changes(before: Article, after: Result) -> tuple[str, ...]:
    """Return the names of the fields that differ; none if the article was dropped."""
    if not isinstance(after, Article):
        return ()
    return tuple(name for name in Article.__struct_fields__ if getattr(before, name) != getattr(after, name))


class FilterEffects(msgspec.Struct, frozen=True):
    """The effect of filters on some articles. `failures`: of the filters, a line each."""

    filters: tuple[FilterPreview, ...]
    failures: tuple[str, ...]


def filter_effects(
    filters: Sequence[FilterSettings], registry: Registry, http: HttpSettings, articles: Sequence[Article]
) -> FilterEffects:
    """Apply filters to articles, whichever source each is of. Raises ConfigError or PluginError."""

    async def run() -> FilterEffects:
        failures: list[str] = []
        async with Client(http, __version__) as client:
            chain = FilterChain.load(filters, registry, client, failures.append)
            try:
                effects, _ = await preview_filters(chain, filters, articles, "")
            finally:
                chain.close()
        return FilterEffects(tuple(effects), tuple(failures))

    return asyncio.run(run())
