"""Show articles to a filter, through the core as a run does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from aggregator import __version__
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.ingest.filters import Dropped, Filter, Filtering
from aggregator.model import Article, Drop
from aggregator.plugin.registry import Plugin
from aggregator.testing.run_source import converted


class Sifted(msgspec.Struct):
    """What a filter makes of articles. `results`: of each, in their order; `failed`: what went wrong, a line each;
    `changed`: articles that it changed instead of giving back others."""

    results: list[Article | Drop]
    failed: list[str]
    changed: list[Article]


def sift(
    plugin: Plugin, options: dict[str, Any], articles: Sequence[Article], wire: TransportFactory, settings: HttpSettings
) -> Sifted:
    """Show it the articles. Raises ConfigError for options that are not as it wants them."""
    one = Filter(plugin, plugin.name, converted(plugin, options), frozenset(), frozenset())
    before = [msgspec.msgpack.encode(article) for article in articles]
    failed: list[str] = []

    async def stage() -> list[Article | Dropped]:
        async with Client(settings, __version__, transport=wire) as client:
            return await Filtering([one], client, failed.append).stage(one, articles, {})

    results = [Drop(result.reason) if isinstance(result, Dropped) else result for result in asyncio.run(stage())]
    changed = [one for one, was in zip(articles, before, strict=True) if msgspec.msgpack.encode(one) != was]
    return Sifted(results, failed, changed)
