"""Runs a filter on articles through the core, as a run of `aggregate` does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from aggregator import __version__
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.ingest.filters import ConfiguredFilter, Dropped, FilterChain, Result
from aggregator.model import Article, Drop
from aggregator.plugin.plugin import Plugin


class FilterResult(msgspec.Struct):
    """The result of a filter.

    `results`: for each article, in order; `failures`: one line each; `modified`: articles that the filter modified
    instead of returning a changed copy.
    """

    results: list[Article | Drop]
    failures: list[str]
    modified: list[Article]


def run_filter(
    plugin: Plugin, options: dict[str, Any], articles: Sequence[Article], wire: TransportFactory, settings: HttpSettings
) -> FilterResult:
    """Run the filter on the articles. Raises ConfigError for invalid options."""
    configured = ConfiguredFilter(plugin, plugin.name, plugin.bind(options, plugin.name), frozenset(), frozenset())
    before = [msgspec.msgpack.encode(article) for article in articles]
    failures: list[str] = []

    async def run() -> list[Result]:
        async with Client(settings, __version__, transport=wire) as client:
            return await FilterChain([configured], client, failures.append).call(configured, articles, {})

    results = [Drop(result.reason) if isinstance(result, Dropped) else result for result in asyncio.run(run())]
    modified = [
        article for article, packed in zip(articles, before, strict=True) if msgspec.msgpack.encode(article) != packed
    ]
    return FilterResult(results, failures, modified)
