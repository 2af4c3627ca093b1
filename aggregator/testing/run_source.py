"""Runs a source once through the core, as a run of `aggregate` does, and records what it yields."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec

from aggregator import __version__
from aggregator.config.settings import SourceSettings
from aggregator.http.client import Client
from aggregator.http.response import Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.ingest.collect import request_for
from aggregator.ingest.converted import unpack
from aggregator.ingest.identify import FetchedArticle
from aggregator.ingest.normalise import Batch, collect_one
from aggregator.model import Item, Reading
from aggregator.plugin import introspection
from aggregator.plugin.plugin import Kind, Plugin
from aggregator.plugin.registry import Registry
from aggregator.runtime.worker_start import MIN_CALLS
from aggregator.scheduling.state import Source
from aggregator.subscriptions.preview import address_of


class SourceResult(msgspec.Struct, kw_only=True):
    """The result of a source.

    `batch`, `fetched`: as the core has them; `parts`: as the source yielded them; `raised`: the exception that ended
    the source.
    """

    batch: Batch
    fetched: list[FetchedArticle]
    parts: list[Any]
    raised: BaseException | None

    @property
    def items(self) -> list[Item]:
        """The items that the source yielded, those of each `Reading` among them."""
        return [item for part in self.parts for item in _expanded(part) if isinstance(item, Item)]


def _expanded(part: Any) -> Iterable[Any]:
    if not isinstance(part, Reading):
        return [part]
    try:
        return list(part.function(*part.arguments))
    except Exception:  # the core has reported it
        return []


def make_plugin(function: Callable[..., Any], kind: Kind) -> Plugin:
    """Return the function as a plugin that is not registered."""
    work = introspection.innermost(function)
    origin = inspect.getsourcefile(work) or ""
    plugin = Plugin(kind, introspection.name_of(function), function, work.__module__, origin)
    if kind == "output":
        plugin.deliver = lambda delivery: None  # it may yield deliveries; none is sent
    return plugin


def code_folder_of(plugin: Plugin) -> Path:
    """Return the folder of the file that defines the plugin's function."""
    return Path(inspect.getsourcefile(introspection.innermost(plugin.function)) or ".").resolve().parent


class RunConditions(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions of a run. `state`: of the plugin, which may change it; `validators`: of the last full answer."""

    wire: TransportFactory
    http: HttpSettings
    now: datetime
    state: dict[str, Any] = {}
    validators: Validators = Validators()


def run_source(plugin: Plugin, options: dict[str, Any], conditions: RunConditions) -> SourceResult:
    """Run the source with these options. Raises ConfigError for invalid options."""
    parts: list[Any] = []
    raised: list[BaseException] = []
    url = address_of(options.get("url"))
    settings = SourceSettings(plugin=plugin.name, url=url, options=options, where=f'plugin "{plugin.name}"')
    registry = Registry()
    registry.sources[plugin.name] = _ObservedPlugin(plugin, parts, raised)
    request = request_for(Source.new(settings), registry, conditions.now)
    request = msgspec.structs.replace(request, memory=conditions.state, validators=conditions.validators)

    async def run() -> Batch:
        async with Client(conditions.http, __version__, transport=conditions.wire) as client:
            return await collect_one(request, client, MIN_CALLS)  # no worker: the sandbox allows no other program

    batch = asyncio.run(run())
    fetched, junk = unpack(batch.converted.articles)
    batch.converted.junk += junk
    return SourceResult(batch=batch, fetched=fetched, parts=parts, raised=raised[-1] if raised else None)


class _ObservedPlugin(Plugin):
    """A source whose results and exceptions are recorded."""

    def __init__(self, plugin: Plugin, parts: list[Any], raised: list[BaseException]) -> None:
        observer = _Observer(parts, raised)

        @wraps(plugin.function)
        def observed(*arguments: Any, **options: Any) -> Any:
            with observer:
                return observer.observe(plugin, plugin.function(*arguments, **options))

        super().__init__(plugin.kind, plugin.name, observed, plugin.provider, plugin.origin)


class _Observer:
    """Records what a source yields (`parts`), and the exception that ends it (`raised`)."""

    def __init__(self, parts: list[Any], raised: list[BaseException]) -> None:
        self._parts = parts
        self._raised = raised

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if error is not None and not isinstance(error, GeneratorExit):
            self._raised.append(error)

    def observe(self, plugin: Plugin, result: Any) -> Any:
        """Return an equivalent of the result that records each part when it is consumed."""
        if isinstance(result, AsyncIterable):
            return self._async_parts(result)
        if plugin.is_async and isinstance(result, Awaitable):
            return self._awaited(plugin, result)
        is_collection = isinstance(result, Iterable) and not isinstance(result, str | bytes | dict)
        return self._parts_of(result) if is_collection else result

    async def _awaited(self, plugin: Plugin, result: Awaitable[Any]) -> Any:
        with self:
            return self.observe(plugin, await result)

    def _parts_of(self, result: Iterable[Any]) -> Iterator[Any]:
        with self:
            for part in result:
                self._parts.append(part)
                yield part

    async def _async_parts(self, result: AsyncIterable[Any]) -> AsyncIterator[Any]:
        with self:
            async for part in result:
                self._parts.append(part)
                yield part
