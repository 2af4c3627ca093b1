"""Preview a source: collect from it once, apply filters, and store nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from aggregator import __version__
from aggregator.config.lookup import find_source, matching_sources, names_of, not_an_address
from aggregator.config.settings import FilterSettings, SourceSettings
from aggregator.errors import AggregateError, ConfigError, PluginError
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.ingest.collect import request_for
from aggregator.ingest.converted import source_name, unpack
from aggregator.ingest.filters import FilterChain
from aggregator.ingest.normalise import collect_one
from aggregator.model import Article
from aggregator.plugin.options import parse_assignments
from aggregator.plugin.registry import Registry
from aggregator.scheduling.state import Source
from aggregator.subscriptions.filter_preview import FilterPreview, preview_filters
from aggregator.text.feed_scheme import pasted_address, without_feed_scheme
from aggregator.text.typed_addresses import begins_with_host, path_exists


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The articles that a source yields now. `feeds`: number of feeds that it lists; `error`: why it ended early;
    `junk`: number of unusable parts; `filters`: the effect of each filter; `failures`: of the filters, a line each."""

    name: str
    url: str | None
    plugin: str
    home: str | None
    language: str | None
    articles: tuple[Article, ...]
    feeds: int
    junk: int
    error: AggregateError | None
    filters: tuple[FilterPreview, ...] = ()
    failures: tuple[str, ...] = ()


def is_plugin_file(what: str) -> bool:
    """Whether `what` is the path of a plugin: a Python file, or the folder of a package."""
    return "://" not in what and (what.endswith(".py") or path_exists(f"{what}/__init__.py"))


def with_options(settings: SourceSettings, registry: Registry, texts: Sequence[str]) -> SourceSettings:
    """Return the source with additional options such as "limit=3". Raises ConfigError or PluginError."""
    if not texts:
        return settings
    options = settings.options | parse_assignments(texts, registry.get("source", settings.plugin).options)
    url = options.pop("url", settings.url)
    return msgspec.structs.replace(settings, options=options, url=address_of(url))


def address_of(url: str | None) -> str | None:
    """Return the "file:" URL if `url` is the path of an existing file or folder, else `url` without `feed:`."""
    if not url or "://" in url:
        return url and without_feed_scheme(url)
    return Path(url).expanduser().resolve().as_uri() if path_exists(url) else without_feed_scheme(url)


def absolute_url(address: str, names: Collection[str] = ()) -> str:
    """Return the URL of an address as a user enters it: "file:" for the path of an existing file or folder.

    For any other, `feed:` and what surrounds it are removed, and "https:" is added if it has no scheme. Raises
    ConfigError for an address of another kind, such as that of e-mail, and for what is neither a file nor begins with a
    host: nothing is requested for a misspelt name. `names`: of sources, to suggest one.
    """
    if (url := address_of(address)) and url != address:
        return url
    try:
        url = pasted_address(address)
    except ValueError as error:
        raise ConfigError([f"{address}: {error}"]) from error
    if "://" in url:
        return url
    if not begins_with_host(url):
        raise ConfigError([not_an_address(address, names)])
    return f"https://{url}"


def source_of(registry: Registry) -> SourceSettings:
    """Return settings for the first source of a plugin file, without options. Raises PluginError."""
    for plugin in registry.sources.values():
        return SourceSettings(plugin=plugin.name, where=f'plugin "{plugin.name}"')
    raise PluginError("it has no source plugin")


def find_or_address(what: str, sources: Sequence[Source]) -> SourceSettings:
    """Return the configured source with this name or address, else a new one for a path, a URL or a host name.

    Raises ConfigError if `what` is none of these.
    """
    if matching_sources(what, sources):
        return find_source(what, sources).settings
    url = absolute_url(what, names_of(sources))
    return find_source(url, sources).settings if matching_sources(url, sources) else SourceSettings(url=url)


def preview(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings] = ()
) -> Preview:
    """Collect from the source once, and apply the filters. Raises ConfigError or PluginError for unusable settings."""

    async def run() -> Preview:
        async with Client(http, __version__) as client:
            return await preview_with(client, settings, registry, filters)

    return asyncio.run(run())


async def preview_with(
    client: Client, settings: SourceSettings, registry: Registry, filters: Sequence[FilterSettings] = ()
) -> Preview:
    """Preview a source with this client; see `preview`."""
    request = request_for(Source.new(settings), registry, datetime.now(UTC).replace(microsecond=0))
    failures: list[str] = []
    batch = await collect_one(request, client)
    converted = batch.converted
    name = source_name(settings, converted.channel)
    fetched, junk = unpack(converted.articles)
    articles = [one.article for one in fetched]
    chain = FilterChain.load(filters, registry, client, failures.append)
    effects, remaining = await preview_filters(chain, filters, articles, name)
    return Preview(
        name=name,
        url=request.url,
        plugin=settings.plugin,
        home=converted.channel.url if converted.channel else None,
        language=converted.language,
        articles=tuple(remaining),
        feeds=len(converted.subscriptions),
        junk=converted.junk + junk,
        error=batch.error,
        filters=tuple(effects),
        failures=tuple(failures),
    )
