"""Send articles through the configured filters, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from aggregator.errors import ConfigError
from aggregator.model import Article, Drop
from aggregator.plugins import Registry, describe
from aggregator.settings import FilterSettings


class Filter(msgspec.Struct, frozen=True):
    """A configured filter, ready to be used. `label`: how `explain` names it."""

    apply: Callable[[Article], Any]
    label: str
    origin: str
    tags: frozenset[str]
    sources: frozenset[str]

    def concerns(self, article: Article, source: str) -> bool:
        """Whether the article is shown to it, by its tags and the configured name of its source."""
        by_tag = not self.tags or any(tag.casefold() in self.tags for tag in article.tags)
        names = {source.casefold(), article.source.name.casefold()}
        return by_tag and (not self.sources or bool(names & self.sources))


class Dropped(msgspec.Struct, frozen=True):
    """That an article was dropped: by which filter, and why."""

    filter: str
    reason: str


def bind_filters(settings: Sequence[FilterSettings], registry: Registry) -> list[Filter]:
    """The configured filters with their options. Raises ConfigError or PluginError."""
    return [_bind(one, registry) for one in settings]


def _bind(settings: FilterSettings, registry: Registry) -> Filter:
    plugin = registry.get("filter", settings.plugin)
    options, problems = plugin.convert(settings.options)
    if problems:
        raise ConfigError([f"{settings.label}: {p.key}: {p.allowed}" for p in problems])

    def apply(article: Article) -> Any:
        return plugin.function(article, **options)

    return Filter(apply, plugin.name, plugin.origin, _folded(settings.tags), _folded(settings.sources))


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def apply_filters(
    article: Article, source: str, filters: Sequence[Filter], failed: Callable[[str], None]
) -> Article | Dropped:
    """The article as the filters leave it, or which of them dropped it.

    A filter that raises, or gives back something else, is passed over for this article; `failed` is told why in one
    line.
    """
    for one in filters:
        if not one.concerns(article, source):
            continue
        try:
            result = one.apply(article)
        except Exception as error:
            failed(f'filter "{one.label}" ({one.origin}): {describe(error, one.origin)}')
            continue
        if result is None or isinstance(result, Drop):
            return Dropped(one.label, result.reason if result else "")
        if isinstance(result, Article):
            article = result
        else:
            failed(f'filter "{one.label}" ({one.origin}): must return an Article, Drop or None, not {result!r:.60}')
    return article
