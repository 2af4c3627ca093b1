"""Between a configured source and its articles: the request that asks it, and the articles in what it gave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.answers import Validators
from aggregator.collect import Batch, Request
from aggregator.errors import ConfigError
from aggregator.languages import normal_language, source_language
from aggregator.model import Article, Item, Outlet
from aggregator.normalise import Defaults, normalise
from aggregator.plugins import Registry
from aggregator.settings import SourceSettings
from aggregator.text import plain


def request_for(
    settings: SourceSettings, registry: Registry, url: str | None, validators: Validators | None = None
) -> Request:
    """What to ask. `url`: where the source is now (it may have moved). Raises ConfigError or PluginError."""
    plugin = registry.get("source", settings.plugin)
    values = dict(settings.options)
    if url is not None and plugin.accepts("url"):
        values["url"] = url
    options, problems = plugin.convert(values)
    if problems:
        raise ConfigError([f"{settings.label}: {p.key}: {p.allowed}" for p in problems])
    return Request(plugin=plugin, url=url, options=options, validators=validators or Validators())


def source_name(settings: SourceSettings, batch: Batch, known: str | None = None) -> str:
    """What the source is called: as configured, else as it calls itself, else as before, else its host or file."""
    own = batch.channel.title if batch.channel else None
    return settings.name or (own and plain(own)) or known or _place(settings)


def _place(settings: SourceSettings) -> str:
    parts = urlsplit(settings.url or "")
    return parts.hostname or parts.path.rsplit("/", 1)[-1] or settings.plugin


def defaults_for(settings: SourceSettings, batch: Batch, name: str, now: datetime, language: str | None) -> Defaults:
    """What normalising falls back on where an item says nothing."""
    channel = batch.channel
    home = channel.url if channel else None
    stated = normal_language(channel.language) if channel and channel.language else None
    return Defaults(
        source=Outlet(name, home),
        tags=settings.tags,
        language=stated or language,
        base=home or settings.url,
        now=now,
    )


def detect_language(batch: Batch) -> str | None:
    """The language of a source that states none, from what it says."""
    if batch.channel and batch.channel.language:
        return None
    silent = [item for item in batch.items if not item.language]
    texts = [f"{item.title or ''} {item.summary or item.content or ''}"[:2000] for item in silent[:20]]
    return source_language([plain(text) for text in texts]) if texts else None


def articles_of(items: Iterable[Item], defaults: Defaults, batch: Batch, *, first: bool) -> list[tuple[Item, Article]]:
    """The articles; what holds nothing usable is counted as junk in the batch. `first`: its source was never asked
    before."""
    pairs = []
    for item in items:
        try:
            pairs.append((item, normalise(item, defaults)))
        except ValueError:
            batch.junk += 1
    return _with_backlog(pairs) if first else pairs


def _with_backlog(pairs: list[tuple[Item, Article]]) -> list[tuple[Item, Article]]:
    """The same, those without a date among dated ones marked: see `Article.backlog`."""
    if not any(article.dated for _, article in pairs):
        return pairs
    return [(item, article if article.dated else article.replace(backlog=True)) for item, article in pairs]
