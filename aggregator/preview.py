"""Try a source: what it gives, as articles, with nothing stored."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from aggregator import __version__
from aggregator.articles import Brief, source_name, unpack
from aggregator.collect import Batch, collect, request_for
from aggregator.errors import AggregateError
from aggregator.fetch import Client
from aggregator.model import Article
from aggregator.plugins import Registry
from aggregator.settings import Config, HttpSettings, SourceSettings


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a source gave. `feeds`: how many it lists; `error`: why it ended early, if it did; `junk`: what held
    nothing usable."""

    name: str
    url: str | None
    plugin: str
    home: str | None
    language: str | None
    articles: tuple[Article, ...]
    feeds: int
    junk: int
    error: AggregateError | None


def find_source(what: str, config: Config | None) -> SourceSettings:
    """`what` as a configured source (by name or address), a file or folder, or an address."""
    for source in config.sources if config else ():
        if what in (source.url, source.key) or (source.name and what.casefold() == source.name.casefold()):
            return source
    path = Path(what).expanduser()
    if "://" not in what and path.exists():
        return SourceSettings(url=path.resolve().as_uri())
    return SourceSettings(url=what if "://" in what else f"https://{what}")


def preview(settings: SourceSettings, registry: Registry, http: HttpSettings) -> Preview:
    """Ask the source once. Raises ConfigError or PluginError where it cannot be asked at all."""
    brief = Brief(settings=settings, now=datetime.now(UTC).replace(microsecond=0), first=True)
    request = request_for(brief, registry, settings.url)

    async def ask() -> Batch:
        async with Client(http, __version__) as client:
            [batch] = [batch async for batch in collect([request], client) if batch]
        return batch

    batch = asyncio.run(ask())
    given = batch.given
    sightings, junk = unpack(given.sighted)
    return Preview(
        name=source_name(settings, given.channel),
        url=settings.url,
        plugin=settings.plugin,
        home=given.channel.url if given.channel else None,
        language=given.written_in,
        articles=tuple(one.article for one in sightings),
        feeds=len(given.subscriptions),
        junk=given.junk + junk,
        error=batch.error,
    )
