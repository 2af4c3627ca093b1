"""Try a source: what it gives, as articles, with nothing stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from aggregator import __version__
from aggregator.articles import Brief, source_name, unpack
from aggregator.collect import Batch, collect, request_for
from aggregator.errors import AggregateError, PluginError
from aggregator.fetch import Client
from aggregator.model import Article
from aggregator.option_texts import read_texts
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


def is_plugin_file(what: str) -> bool:
    """Whether `what` is the path of a plugin, under work perhaps: a Python file, or the folder of a package."""
    return "://" not in what and (what.endswith(".py") or Path(what, "__init__.py").is_file())


def with_options(settings: SourceSettings, registry: Registry, texts: Sequence[str]) -> SourceSettings:
    """The source with further options, each a text such as "limit=3". Raises ConfigError or PluginError."""
    if not texts:
        return settings
    options = settings.options | read_texts(texts, registry.get("source", settings.plugin).options)
    url = options.pop("url", settings.url)
    return msgspec.structs.replace(settings, options=options, url=address_of(url))


def address_of(url: str | None) -> str | None:
    """The address of a file or folder where `url` is the path of one, else `url`."""
    if url is None or "://" in url:
        return url
    path = Path(url).expanduser()
    return path.resolve().as_uri() if path.exists() else url


def source_of(registry: Registry) -> SourceSettings:
    """The first source that a plugin file offers, as its author may try it. Raises PluginError."""
    for plugin in registry.sources.values():
        return SourceSettings(plugin=plugin.name, label=f'plugin "{plugin.name}"')
    raise PluginError("it offers no source: `aggregate plugins test` tries filters and outputs")


def find_source(what: str, config: Config | None) -> SourceSettings:
    """`what` as a configured source (by name or address), a file or folder, or an address."""
    for source in config.sources if config else ():
        if what in (source.url, source.key) or (source.name and what.casefold() == source.name.casefold()):
            return source
    url = address_of(what)
    return SourceSettings(url=url if url and "://" in url else f"https://{what}")


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
        url=request.url,
        plugin=settings.plugin,
        home=given.channel.url if given.channel else None,
        language=given.written_in,
        articles=tuple(one.article for one in sightings),
        feeds=len(given.subscriptions),
        junk=given.junk + junk,
        error=batch.error,
    )
