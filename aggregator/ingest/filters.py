"""Apply the configured filters to the articles of a source, in order.

Each filter processes all articles of a source before the next one does, so that a filter which sends requests can send
several at once. An article that a filter fails for stays as it is; a filter that times out is skipped for the rest of
the sources. An article is left out for now if a request that a filter sends for it is postponed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Self

import msgspec

from aggregator.config.settings import FilterSettings
from aggregator.errors import FailureKind, FetchError, SourceError
from aggregator.http.adapters import FilterClient, FilterHttp
from aggregator.http.client import Client
from aggregator.http.request_group import RequestGroup
from aggregator.ingest.identify import DroppedItem, Identified
from aggregator.model import Article, Drop
from aggregator.plugin.diagnostics import coroutine_returned, describe_exception
from aggregator.plugin.execution import Activity, IdleTimeoutError, cancel_when_idle, run_isolated
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.plugin.state import pack_memory, unpack_memory
from aggregator.plugin.stdout import attribute_output
from aggregator.runtime.digests import digest


class ConfiguredFilter(msgspec.Struct, frozen=True):
    """A filter plugin with its validated options. `key`: distinguishes filters of the same plugin; `tags`, `sources`:
    casefolded, empty for all."""

    plugin: Plugin
    key: str
    options: dict[str, Any]
    tags: frozenset[str]
    sources: frozenset[str]

    @property
    def label(self) -> str:
        """The name of the filter in messages and in `explain`."""
        return self.plugin.name

    def applies_to(self, article: Article, source: str) -> bool:
        """Whether the filter processes the article, by its tags and the configured name of its source."""
        by_tag = not self.tags or any(tag.casefold() in self.tags for tag in article.tags)
        names = {source.casefold(), article.source.name.casefold()}
        return by_tag and (not self.sources or bool(names & self.sources))


class Dropped(msgspec.Struct, frozen=True):
    """The result of a filter that drops an article: which filter, and why."""

    filter: str
    reason: str


class Postponed(Dropped, frozen=True):
    """The result of a filter that could not send a request yet: the article is left out for now, and filtered again
    when its source is collected the next time."""


Result = Article | Dropped
"""An article after one or more filters."""


class Filtered(msgspec.Struct, frozen=True):
    """The articles of one source after the filters. `memory`: state that the filters keep for it, packed;
    `postponed`: number of articles that were left out until a request can be sent."""

    kept: list[Identified]
    dropped: list[DroppedItem]
    memory: str | None
    postponed: int = 0


def load_filters(settings: Sequence[FilterSettings], registry: Registry) -> list[ConfiguredFilter]:
    """Return the configured filters with validated options. Raises ConfigError or PluginError."""
    return [_load(table, registry) for table in settings]


def _load(settings: FilterSettings, registry: Registry) -> ConfiguredFilter:
    plugin = registry.get("filter", settings.plugin)
    options = plugin.bind(settings.options, settings.where)
    key = f"{plugin.name} {digest((settings.options, settings.tags, settings.sources)).hex()[:8]}"
    return ConfiguredFilter(plugin, key, options, _folded(settings.tags), _folded(settings.sources))


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


class FilterChain:
    """The filters of a list of sources. `report_failure`: called with one line per failure; `digest`: of their
    settings; `group`: that of the requests for these sources, if any."""

    def __init__(
        self,
        filters: Sequence[ConfiguredFilter],
        client: Client,
        report_failure: Callable[[str], None],
        digest: bytes = b"",
        group: RequestGroup | None = None,
    ) -> None:
        self.filters = filters
        self.digest = digest
        self._client = client
        self._filter_client = FilterClient(client, group)
        self._report_failure = report_failure
        self._timed_out: set[str] = set()

    @classmethod
    def load(
        cls, settings: Sequence[FilterSettings], registry: Registry, client: Client, report: Callable[[str], None]
    ) -> Self:
        """Return the configured filters. Raises ConfigError or PluginError."""
        return cls(load_filters(settings, registry), client, report, digest(settings))

    def for_group(self, group: RequestGroup) -> FilterChain:
        """Return the same filters for the articles of another list of sources."""
        return FilterChain(self.filters, self._client, self._report_failure, self.digest, group)

    def close(self) -> None:
        """Drop what the filters have requested, and cancel their requests in progress."""
        self._filter_client.close()

    @property
    def send_requests(self) -> bool:
        """Whether any of the filters may send requests."""
        return any(configured.plugin.is_async for configured in self.filters)

    async def filter(self, identified: Sequence[Identified], source: str, memory: str | None) -> Filtered:
        """Apply the filters to the articles of one source. `source`: its name; `memory`: see `apply`."""
        if not self.filters or not identified:
            return Filtered(list(identified), [], memory)
        results, memory = await self.apply([one.fetched.article for one in identified], source, memory)
        kept: list[Identified] = []
        dropped: list[DroppedItem] = []
        postponed = 0
        for article, result in zip(identified, results, strict=True):
            if isinstance(result, Postponed):
                postponed += 1
            elif isinstance(result, Dropped):
                dropped.append(DroppedItem(article.fetched, result.filter, result.reason))
            else:
                kept.append(msgspec.structs.replace(article, fetched=article.fetched.with_article(result)))
        return Filtered(kept, dropped, memory, postponed)

    async def apply(
        self, articles: Sequence[Article], source: str, memory: str | None = None
    ) -> tuple[list[Result], str | None]:
        """Apply all filters to the articles of one source. Returns a result for each, and the state of the filters.

        `source`: its configured name; `memory`: state that the filters have kept for it, packed.
        """
        before, after, results = unpack_memory(memory), dict[str, str](), list[Result](articles)
        for configured in self.filters:
            results, packed = await self.apply_one(configured, results, source, before.get(configured.key))
            if packed:
                after[configured.key] = packed
        return results, msgspec.json.encode(after).decode() if after else None

    async def apply_one(
        self, configured: ConfiguredFilter, before: Sequence[Result], source: str, memory: str | None = None
    ) -> tuple[list[Result], str | None]:
        """Apply one filter to the articles that it applies to. Returns a result for each of `before`, and its state,
        which stays the same if the new one cannot be packed."""
        results, articles = list(before), dict[int, Article]()
        for number, article in enumerate(before):
            if isinstance(article, Article) and configured.applies_to(article, source):
                articles[number] = article
        state = unpack_memory(memory)
        filtered = await self.call(configured, [*articles.values()], state)
        for number, result in zip(articles, filtered, strict=True):
            results[number] = result
        try:
            return results, pack_memory(state)
        except SourceError as error:
            self._fail(configured, str(error))
            return results, memory

    async def call(
        self, configured: ConfiguredFilter, articles: Sequence[Article], state: dict[str, Any]
    ) -> list[Result]:
        """Call one filter with each of the articles. `state`: changed by the filter."""
        if not articles or configured.key in self._timed_out:
            return list(articles)
        activity = Activity()
        http = self._filter_client.filter_http(activity.record)
        calls = _FilterCalls(configured, articles, state, activity, self._client.settings.per_host)
        try:
            await cancel_when_idle(calls.run(http), http, activity, self._client.timeout)
        except IdleTimeoutError as error:
            self._timed_out.add(configured.key)
            self._fail(configured, f"{error}; skipped for the rest of this run")
        return list(calls.results(partial(self._fail, configured)))

    def _fail(self, configured: ConfiguredFilter, reason: str) -> None:
        self._report_failure(f'filter "{configured.label}" ({configured.plugin.origin}): {reason}')


class _FilterCalls:
    """The calls of one filter with several articles. If they are cancelled, the remaining articles stay as they are."""

    def __init__(
        self,
        configured: ConfiguredFilter,
        articles: Sequence[Article],
        state: dict[str, Any],
        activity: Activity,
        concurrency: int,
    ) -> None:
        self._filter = configured
        self._plugin = configured.plugin
        self._articles = articles
        self._state = {"state": state} if configured.plugin.accepts("state") else {}
        self._activity = activity
        self._concurrency = concurrency
        self._returned: list[Any] = list(articles)

    async def run(self, http: FilterHttp) -> None:
        """Call the filter with all articles, isolated by `aggregator.plugin.execution` unless it is shipped."""
        if self._plugin.is_shipped and not self._plugin.is_async:
            self._call_all(None)
        else:
            await run_isolated(self._plugin, http, self._call_all)

    def results(self, fail: Callable[[str], None]) -> Iterator[Result]:
        """Yield the result for each article; `fail` is called with the reason of each failure."""
        for article, returned in zip(self._articles, list(self._returned), strict=True):
            if isinstance(returned, Article):
                yield returned
            elif returned is None or isinstance(returned, Drop):
                yield Dropped(self._filter.label, returned.reason if returned else "")
            elif isinstance(returned, FetchError) and returned.kind == FailureKind.POSTPONED:
                yield Postponed(self._filter.label, str(returned))
            else:
                fail(self._failure(returned))
                yield article

    def _call_all(self, http: object) -> Coroutine[Any, Any, None] | None:
        """Call the filter with each article. Returns a coroutine that awaits the awaitables it returned, if any."""
        arguments = ({"http": http} if self._plugin.accepts("http") else {}) | self._state | self._filter.options
        pending: dict[int, Awaitable[Any]] = {}
        with attribute_output(self._plugin.name):
            for number, article in enumerate(self._articles):
                try:
                    returned = self._plugin.function(article, **arguments)
                except (Exception, SystemExit) as error:
                    returned = error
                if self._plugin.is_async and isinstance(returned, Awaitable):
                    pending[number] = returned
                else:
                    self._returned[number] = returned
                    self._activity.record()
        return self._await_all(pending) if pending else None

    async def _await_all(self, pending: dict[int, Awaitable[Any]]) -> None:
        slots = asyncio.Semaphore(self._concurrency)

        async def wait(number: int, awaitable: Awaitable[Any]) -> None:
            async with slots:
                try:
                    self._returned[number] = await awaitable
                except (Exception, SystemExit) as error:
                    self._returned[number] = error
                self._activity.record()

        try:
            with attribute_output(self._plugin.name):
                await asyncio.gather(*(wait(number, awaitable) for number, awaitable in pending.items()))
        finally:
            for awaitable in pending.values():
                if isinstance(awaitable, Coroutine):
                    awaitable.close()  # otherwise Python warns of those that a cancellation left unstarted

    def _failure(self, returned: object) -> str:
        if isinstance(returned, SourceError):
            return str(returned)
        if isinstance(returned, BaseException):
            return describe_exception(returned, self._plugin.origin)
        if isinstance(returned, Coroutine):
            return coroutine_returned("filter", returned)
        return f"must return an Article, Drop or None, not {returned!r:.60}"
