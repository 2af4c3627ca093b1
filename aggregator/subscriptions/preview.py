"""Try a source: what it gives, as articles, and what the filters leave of it, with nothing stored."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from aggregator import __version__
from aggregator.config.lookup import find_source, matching_sources
from aggregator.config.settings import FilterSettings, SourceSettings
from aggregator.errors import AggregateError, ConfigError, FetchError, PluginError, SourceError
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.ingest.collect import request_for
from aggregator.ingest.convert import source_name, unpack
from aggregator.ingest.normalise import collect_one
from aggregator.model import Article
from aggregator.plugin.options import parse_assignments
from aggregator.plugin.registry import Registry
from aggregator.scheduling.state import Source
from aggregator.subscriptions.preview_run import Trial, try_filters

PAGE = "page"
"""The source plugin that reads a site without a feed."""
FEWEST = 3
"""Articles that a page must list to be taken for a source."""
_HOST = re.compile(r"[^\s/?#]*[.:]\S*|localhost\b\S*", re.IGNORECASE)
"""The beginning of an address without its scheme."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a source gave. `feeds`: how many it lists; `error`: why it ended early, if it did; `junk`: what held
    nothing usable; `filters`: what each filter took, where they were to be tried, and `failures`: what went wrong with
    them, a line each."""

    name: str
    url: str | None
    plugin: str
    home: str | None
    language: str | None
    articles: tuple[Article, ...]
    feeds: int
    junk: int
    error: AggregateError | None
    filters: tuple[Trial, ...] = ()
    failures: tuple[str, ...] = ()


def is_plugin_file(what: str) -> bool:
    """Whether `what` is the path of a plugin, under work perhaps: a Python file, or the folder of a package."""
    return "://" not in what and (what.endswith(".py") or Path(what, "__init__.py").is_file())


def with_options(settings: SourceSettings, registry: Registry, texts: Sequence[str]) -> SourceSettings:
    """The source with further options, each a text such as "limit=3". Raises ConfigError or PluginError."""
    if not texts:
        return settings
    options = settings.options | parse_assignments(texts, registry.get("source", settings.plugin).options)
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


def find_or_address(what: str, sources: Sequence[Source]) -> SourceSettings:
    """Return the configured source with this name or address, else a new one for a path, a URL or a host name.

    Raises ConfigError if `what` is none of these.
    """
    if not matching_sources(what, sources):
        url = address_of(what)
        if url and "://" in url:
            return SourceSettings(url=url)
        if _HOST.match(what):
            return SourceSettings(url=f"https://{what}")
    return find_source(what, sources).settings


def preview(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings] = ()
) -> Preview:
    """Ask the source once, and send its articles through the filters. Raises ConfigError or PluginError where it cannot
    be asked at all."""
    return asyncio.run(_ask(settings, registry, http, filters))


def preview_address(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings] = ()
) -> Preview:
    """As `preview`, of an address that nobody has configured: what is no feed there is read as a page."""
    seen = preview(settings, registry, http, filters)
    if seen.articles or not isinstance(seen.error, SourceError) or not (settings.url or "").startswith("http"):
        return seen
    return preview_page(settings, registry, http, filters) or seen


def preview_page(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings] = ()
) -> Preview | None:
    """What an address without a feed lists, read by the plugin that is called so, if there is one; None for next to
    nothing. Raises FetchError where it cannot be fetched, as its robots.txt may forbid it."""
    try:
        seen = preview(msgspec.structs.replace(settings, plugin=PAGE), registry, http, filters)
    except (ConfigError, PluginError):
        return None
    if isinstance(seen.error, FetchError):
        raise seen.error
    return seen if len(seen.articles) >= FEWEST else None


async def _ask(
    settings: SourceSettings, registry: Registry, http: HttpSettings, filters: Sequence[FilterSettings]
) -> Preview:
    request = request_for(Source.new(settings), registry, datetime.now(UTC).replace(microsecond=0))
    failures: list[str] = []
    async with Client(http, __version__) as client:
        batch = await collect_one(request, client)
        converted = batch.converted
        name = source_name(settings, converted.channel)
        sightings, junk = unpack(converted.articles)
        articles = [sighting.article for sighting in sightings]
        trials, left = await try_filters(filters, registry, client, articles, name, failures.append)
    return Preview(
        name=name,
        url=request.url,
        plugin=settings.plugin,
        home=converted.channel.url if converted.channel else None,
        language=converted.language,
        articles=tuple(left),
        feeds=len(converted.subscriptions),
        junk=converted.junk + junk,
        error=batch.error,
        filters=tuple(trials),
        failures=tuple(failures),
    )
