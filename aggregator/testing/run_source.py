"""Ask a source once, through the core as a run does, and see what it yields on the way."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec

from aggregator import __version__
from aggregator.config.settings import SourceSettings
from aggregator.errors import ConfigError
from aggregator.http.client import Client
from aggregator.http.response import Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.ingest.collect import Batch, collect, request_for
from aggregator.ingest.convert import Brief, unpack
from aggregator.ingest.identify import Sighting
from aggregator.model import Item, Reading
from aggregator.plugin.registry import Plugin, Registry
from aggregator.subscriptions.preview import address_of


class Told(msgspec.Struct, kw_only=True):
    """What a source gave. `batch`, `sightings`: as the core has it; `parts`: as the source yielded it; `raised`: what
    ended the source, as it raised it."""

    batch: Batch
    sightings: list[Sighting]
    parts: list[Any]
    raised: BaseException | None

    @property
    def items(self) -> list[Item]:
        """The rough items, those that are left to a `Reading` among them."""
        return [one for part in self.parts for one in _expanded(part) if isinstance(one, Item)]


def _expanded(part: Any) -> Iterable[Any]:
    if not isinstance(part, Reading):
        return [part]
    try:
        return list(part.function(*part.arguments))
    except Exception:  # the core has met it before, and named it
        return []


def plugin_of(function: Callable[..., Any], kind: Any) -> Plugin:
    """The function as a plugin that nobody has registered."""
    return Plugin(kind, function.__name__, function, function.__module__, inspect.getsourcefile(function) or "")


def home_of(plugin: Plugin) -> Path:
    """The folder of the plugin's own code."""
    return Path(inspect.getsourcefile(inspect.unwrap(plugin.function)) or ".").resolve().parent


def converted(plugin: Plugin, options: dict[str, Any]) -> dict[str, Any]:
    """The options as the function wants them. Raises ConfigError."""
    values, problems = plugin.convert(options)
    if problems:
        told = [(f"{p.key} = {p.found}" if p.found else p.key, p.allowed) for p in problems]
        raise ConfigError([f"{plugin.name}: {what}: {allowed}" for what, allowed in told])
    return values


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """In which a source is asked. `memory`: what its plugin remembers of it (`state`), which may change; `validators`:
    of its last full answer."""

    wire: TransportFactory
    http: HttpSettings
    now: datetime
    memory: dict[str, Any] = {}
    validators: Validators = Validators()


def ask(plugin: Plugin, options: dict[str, Any], setting: Setting) -> Told:
    """Ask the source with these options. Raises ConfigError where they are not as it wants them."""
    parts: list[Any] = []
    raised: list[BaseException] = []
    url = address_of(options.get("url"))
    settings_of = SourceSettings(plugin=plugin.name, url=url, options=options, label=f'plugin "{plugin.name}"')
    registry = Registry()
    registry.sources[plugin.name] = _Watched(plugin, parts, raised)
    request = request_for(Brief(settings=settings_of, now=setting.now, first=True), registry, url)
    request = msgspec.structs.replace(request, memory=setting.memory, validators=setting.validators)

    async def one() -> Batch:
        async with Client(setting.http, __version__, transport=setting.wire) as client:
            [batch] = [batch async for batch in collect([request], client) if batch]
        return batch

    batch = asyncio.run(one())
    sightings, junk = unpack(batch.given.sighted)
    batch.given.junk += junk
    return Told(batch=batch, sightings=sightings, parts=parts, raised=raised[-1] if raised else None)


class _Watched(Plugin):
    """A source whose function is seen through: what it yields, and what it raises."""

    def __init__(self, plugin: Plugin, parts: list[Any], raised: list[BaseException]) -> None:
        function = _watched(plugin.function, _Witness(parts, raised))
        super().__init__(plugin.kind, plugin.name, function, plugin.provider, plugin.origin)
        self._plugin = plugin

    def accepts(self, name: str) -> bool:
        """As the function itself does."""
        return self._plugin.accepts(name)


class _Witness:
    def __init__(self, parts: list[Any], raised: list[BaseException]) -> None:
        self._parts = parts
        self._raised = raised

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if error is not None and not isinstance(error, GeneratorExit):
            self._raised.append(error)

    def one_by_one(self, result: Any) -> Any:
        """The same result, each part of it noted on its way."""
        if hasattr(result, "__aiter__"):
            return self._async(result)
        return self._plain(result) if isinstance(result, Iterable) and not isinstance(result, str | bytes) else result

    def _plain(self, result: Iterable[Any]) -> Iterator[Any]:
        with self:
            for part in result:
                self._parts.append(part)
                yield part

    async def _async(self, result: Any) -> AsyncIterator[Any]:
        with self:
            async for part in result:
                self._parts.append(part)
                yield part


def _watched(function: Callable[..., Any], witness: _Witness) -> Callable[..., Any]:
    """A function of the same kind: the core tells by that where it is to run."""

    @wraps(function)
    async def generator(*given: Any, **options: Any) -> AsyncIterator[Any]:
        async for part in witness.one_by_one(function(*given, **options)):
            yield part

    @wraps(function)
    async def coroutine(*given: Any, **options: Any) -> Any:
        with witness:
            return witness.one_by_one(await function(*given, **options))

    @wraps(function)
    def plain(*given: Any, **options: Any) -> Any:
        with witness:
            return witness.one_by_one(function(*given, **options))

    if inspect.isasyncgenfunction(function):
        return generator
    return coroutine if inspect.iscoroutinefunction(function) else plain
