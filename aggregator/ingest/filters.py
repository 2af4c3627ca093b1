"""Send articles through the configured filters, in their order.

One filter after the other is shown all articles of a source, so that one which asks the network may do so for several
at once. A filter that fails is passed over for the article that it fails with; one that hangs, for the rest of the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Self

import msgspec

from aggregator.config.settings import FilterSettings
from aggregator.errors import SourceError
from aggregator.http.adapters import FilterClient, FilterHttp
from aggregator.http.client import Client
from aggregator.ingest.identify import DroppedItem, Identified
from aggregator.model import Article, Drop
from aggregator.plugin.diagnostics import coroutine_returned, describe_exception
from aggregator.plugin.execution import Activity, IdleTimeoutError, cancel_when_idle, run_isolated
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.plugin.state import pack_memory, unpack_memory
from aggregator.plugin.stdout import attribute_output
from aggregator.runtime.digests import digest


class Filter(msgspec.Struct, frozen=True):
    """A configured filter, ready to be used. `key`: tells it from others of the same plugin; `options`: as its function
    wants them."""

    plugin: Plugin
    key: str
    options: dict[str, Any]
    tags: frozenset[str]
    sources: frozenset[str]

    @property
    def label(self) -> str:
        """How `explain` and messages name it."""
        return self.plugin.name

    def concerns(self, article: Article, source: str) -> bool:
        """Whether the article is shown to it, by its tags and the configured name of its source."""
        by_tag = not self.tags or any(tag.casefold() in self.tags for tag in article.tags)
        names = {source.casefold(), article.source.name.casefold()}
        return by_tag and (not self.sources or bool(names & self.sources))


class Dropped(msgspec.Struct, frozen=True):
    """The result of a filter that drops an article: which filter, and why."""

    filter: str
    reason: str


class Filtered(msgspec.Struct, frozen=True):
    """The articles of one source after the filters. `memory`: state that the filters keep for it, packed."""

    kept: list[Identified]
    dropped: list[DroppedItem]
    memory: str | None


def bind_filters(settings: Sequence[FilterSettings], registry: Registry) -> list[Filter]:
    """The configured filters with their options. Raises ConfigError or PluginError."""
    return [_bind(one, registry) for one in settings]


def _bind(settings: FilterSettings, registry: Registry) -> Filter:
    plugin = registry.get("filter", settings.plugin)
    options = plugin.bind(settings.options, settings.label)
    key = f"{plugin.name} {digest((settings.options, settings.tags, settings.sources)).hex()[:8]}"
    return Filter(plugin, key, options, _folded(settings.tags), _folded(settings.sources))


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


class Filters:
    """The filters of a run, and what they work with. `failed`: is told in one line what went wrong."""

    def __init__(self, filters: Sequence[Filter], client: Client, failed: Callable[[str], None]) -> None:
        self.filters = filters
        self.digest = b""
        self._client = client
        self._filter_client = FilterClient(client)
        self._failed = failed
        self._hanging: set[str] = set()

    @classmethod
    def of(
        cls, settings: Sequence[FilterSettings], registry: Registry, client: Client, failed: Callable[[str], None]
    ) -> Self:
        """The configured filters. Raises ConfigError or PluginError."""
        filters = cls(bind_filters(settings, registry), client, failed)
        filters.digest = digest(settings)
        return filters

    @property
    def send_requests(self) -> bool:
        """Whether one of them may send requests."""
        return any(one.plugin.is_async for one in self.filters)

    async def filter(self, identified: Sequence[Identified], source: str, memory: str | None) -> Filtered:
        """Apply the filters to the articles of one source. `source`: its name; `memory`: see `apply`."""
        if not self.filters or not identified:
            return Filtered(list(identified), [], memory)
        results, memory = await self.apply([one.sighting.article for one in identified], source, memory)
        kept: list[Identified] = []
        dropped: list[DroppedItem] = []
        for one, result in zip(identified, results, strict=True):
            if isinstance(result, Dropped):
                dropped.append(DroppedItem(one.sighting, result.filter, result.reason))
            else:
                kept.append(msgspec.structs.replace(one, sighting=one.sighting.showing(result)))
        return Filtered(kept, dropped, memory)

    async def apply(
        self, articles: Sequence[Article], source: str, memory: str | None = None
    ) -> tuple[list[Article | Dropped], str | None]:
        """The articles of one source as the filters leave them, or which of them dropped each; and what the filters
        remember of the source.

        `source`: its configured name; `memory`: what they remember from before, packed.
        """
        before, kept, found = unpack_memory(memory), dict[str, str](), list[Article | Dropped](articles)
        for one in self.filters:
            shown = [n for n, article in enumerate(found) if _is_shown(one, article, source)]
            given = [article for n in shown if isinstance(article := found[n], Article)]
            state = unpack_memory(before.get(one.key))
            for n, result in zip(shown, await self.stage(one, given, state), strict=True):
                found[n] = result
            if packed := self._packed(one, state, before.get(one.key)):
                kept[one.key] = packed
        return found, msgspec.json.encode(kept).decode() if kept else None

    async def stage(self, one: Filter, articles: Sequence[Article], state: dict[str, Any]) -> list[Article | Dropped]:
        """What one filter makes of the articles that it is shown."""
        if not articles or one.key in self._hanging:
            return list(articles)
        alive = Activity()
        door = self._filter_client.filter_http(alive.record)
        stage = _Stage(one, articles, state, alive, self._client.settings.per_host)
        try:
            await cancel_when_idle(stage.run(door), door, alive, self._client.timeout)
        except IdleTimeoutError as error:
            self._hanging.add(one.key)
            self._fails(one, f"{error}; passed over in this run")
        return list(stage.judged(partial(self._fails, one)))

    def _packed(self, one: Filter, state: dict[str, Any], before: str | None) -> str | None:
        """What it remembers from now on: as before, where what it would remember cannot be kept."""
        try:
            return pack_memory(state)
        except SourceError as error:
            self._fails(one, str(error))
            return before

    def _fails(self, one: Filter, why: str) -> None:
        self._failed(f'filter "{one.label}" ({one.plugin.origin}): {why}')


def _is_shown(one: Filter, article: Article | Dropped, source: str) -> bool:
    return isinstance(article, Article) and one.concerns(article, source)


class _Stage:
    """One filter at work on some articles. Those that it is not done with when it is given up stay as they are."""

    def __init__(
        self, one: Filter, articles: Sequence[Article], state: dict[str, Any], alive: Activity, at_once: int
    ) -> None:
        self._filter = one
        self._plugin = one.plugin
        self._articles = articles
        self._state = {"state": state} if one.plugin.accepts("state") else {}
        self._alive = alive
        self._at_once = at_once
        self._results: list[Any] = list(articles)

    async def run(self, door: FilterHttp) -> None:
        """Show it all articles, isolated as `aggregator.plugin.execution` does it."""
        if self._plugin.is_shipped and not self._plugin.is_async:
            self._call_all(None)
        else:
            await run_isolated(self._plugin, door, self._call_all)

    def judged(self, fails: Callable[[str], None]) -> Iterator[Article | Dropped]:
        """What became of each article; `fails` is told what went wrong with it."""
        for article, result in zip(self._articles, list(self._results), strict=True):
            if isinstance(result, Article):
                yield result
            elif result is None or isinstance(result, Drop):
                yield Dropped(self._filter.label, result.reason if result else "")
            else:
                fails(self._wrong(result))
                yield article

    def _call_all(self, http: object) -> Coroutine[Any, Any, None] | None:
        """Call the filter for each article; where that returns awaitables, they are left to the coroutine returned."""
        given = ({"http": http} if self._plugin.accepts("http") else {}) | self._state | self._filter.options
        pending: dict[int, Awaitable[Any]] = {}
        with attribute_output(self._plugin.name):
            for number, article in enumerate(self._articles):
                try:
                    result = self._plugin.function(article, **given)
                except (Exception, SystemExit) as error:
                    result = error
                if self._plugin.is_async and isinstance(result, Awaitable):
                    pending[number] = result
                else:
                    self._results[number] = result
                    self._alive.record()
        return self._await_all(pending) if pending else None

    async def _await_all(self, pending: dict[int, Awaitable[Any]]) -> None:
        slots = asyncio.Semaphore(self._at_once)

        async def wait(number: int, awaitable: Awaitable[Any]) -> None:
            async with slots:
                try:
                    self._results[number] = await awaitable
                except (Exception, SystemExit) as error:
                    self._results[number] = error
                self._alive.record()

        try:
            with attribute_output(self._plugin.name):
                await asyncio.gather(*(wait(number, awaitable) for number, awaitable in pending.items()))
        finally:
            for awaitable in pending.values():
                if isinstance(awaitable, Coroutine):
                    awaitable.close()  # otherwise Python warns of those that a cancellation left unstarted

    def _wrong(self, result: object) -> str:
        if isinstance(result, SourceError):
            return str(result)
        if isinstance(result, BaseException):
            return describe_exception(result, self._plugin.origin)
        if isinstance(result, Coroutine):
            return coroutine_returned("filter", result)
        return f"must return an Article, Drop or None, not {result!r:.60}"
