"""Ask sources, all at once, and hand on what each gave as soon as it has given it.

A source's failure is a value in its batch: what it yielded before is kept, and no other source notices.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from aggregator import __version__
from aggregator.answers import Validators
from aggregator.articles import Brief, Given, read
from aggregator.beside import Beside, aside
from aggregator.errors import AggregateError, ConfigError, FetchError, NotModified, SourceError
from aggregator.fetch import BlockingHttp, Client, Http
from aggregator.holds import Holds
from aggregator.model import Reading
from aggregator.network import LOST, Network
from aggregator.plugins import Plugin, Registry, describe
from aggregator.settings import HttpSettings
from aggregator.threads import PatientExecutor, in_own_thread

LULL = 1.0
"""Seconds without a batch after which those that are still missing are slow."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One source to ask. `options`: as the plugin's function wants them; `validators`: of its last full answer;
    `brief`: what reading its answer takes."""

    plugin: Plugin
    url: str | None
    options: dict[str, Any]
    validators: Validators = Validators()
    brief: Brief


class Batch(msgspec.Struct, kw_only=True):
    """What one source gave.

    `place`: its position among the requests; `error`: why it ended early; `not_modified`: it said that nothing is new;
    the others: see `Http`.
    """

    place: int
    given: Given = msgspec.field(default_factory=Given)
    error: AggregateError | None = None
    not_modified: bool = False
    validators: Validators = Validators()
    moved_to: str | None = None
    max_age: float | None = None


def request_for(brief: Brief, registry: Registry, url: str | None, validators: Validators | None = None) -> Request:
    """What to ask. `url`: where the source is now (it may have moved). Raises ConfigError or PluginError."""
    settings = brief.settings
    plugin = registry.get("source", settings.plugin)
    values = dict(settings.options)
    if url is not None and plugin.accepts("url"):
        values["url"] = url
    options, problems = plugin.convert(values)
    if problems:
        raise ConfigError([f"{settings.label}: {p.key}: {p.allowed}" for p in problems])
    return Request(plugin=plugin, url=url, options=options, validators=validators or Validators(), brief=brief)


async def collect(
    requests: Sequence[Request], settings: HttpSettings, holds: Holds | None = None
) -> AsyncIterator[Batch | None]:
    """Ask all of them, as many at once as the settings allow, and yield each batch when it is there; None in a lull,
    when nothing has come for a while and there is time for other things.

    `holds`: the pauses that publishers have asked for; more may come. Where there is no network, each batch says so in
    the same words (FetchError, kind "offline").
    """
    waiting: asyncio.Queue[Batch] = asyncio.Queue(maxsize=64)  # bounds what lies between network and store
    limit = settings.timeout.total_seconds()
    asyncio.get_running_loop().set_default_executor(PatientExecutor(limit / 4))
    unread = sum(1 for request in requests if not request.validators.headers())  # each will give a whole answer
    async with Beside(limit, unread), Client(settings, __version__, holds) as client:
        client.expect((request.url, request.validators) for request in requests)
        tasks = [asyncio.create_task(_ask(n, request, client, settings, waiting)) for n, request in enumerate(requests)]
        lost: list[Batch] = []
        lull = LULL
        left = len(tasks)
        try:
            while left:
                try:
                    async with asyncio.timeout(lull):
                        batch = await waiting.get()
                except TimeoutError:
                    lull *= 2  # the next time, wait longer
                    yield None
                    continue
                left -= 1
                if _is_lost(batch) and not client.network.reached:
                    lost.append(batch)  # it may be the network that is ill, and not the source
                else:
                    yield batch
            for batch in lost:
                yield _judged(batch, client.network)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _is_lost(batch: Batch) -> bool:
    """Whether a source gave nothing since its host could not be found."""
    return isinstance(batch.error, FetchError) and batch.error.kind in LOST | {"offline"} and batch.given.is_empty


def _judged(batch: Batch, network: Network) -> Batch:
    if network.is_down and isinstance(batch.error, FetchError):
        batch.error = network.error(batch.error.url)
    return batch


async def _ask(
    place: int, request: Request, client: Client, settings: HttpSettings, waiting: asyncio.Queue[Batch]
) -> None:
    alive = _Pulse()
    door = client.door(request.url, request.validators, alive.beat)
    batch = Batch(place=place)
    parts: list[Any] = []
    patience = settings.timeout.total_seconds()
    try:
        try:
            await _watched(_drain(request, door, parts, alive), door, alive, patience)
            batch.error = door.cut if door.cut and door.cut.kind == "timeout" else None
        except NotModified:
            batch.not_modified = True
        except (Exception, SystemExit) as error:
            batch.error = _failure(error, request, door)
        if parts:
            await _read(parts[:], request, door, batch)  # a thread that was given up may still add to the original
    except (Exception, SystemExit) as error:  # whatever happens, there is a batch of each source
        batch.error = _failure(error, request, door)
    finally:
        door.close()
    batch.validators, batch.moved_to, batch.max_age = door.validators, door.moved_to, door.max_age
    await waiting.put(batch)


async def _read(parts: list[Any], request: Request, door: Http, batch: Batch) -> None:
    """Read what a source yielded. Where a `Reading` fails, the parts beside it are read all the same."""
    plain = [part for part in parts if not isinstance(part, Reading)]
    failure: BaseException | None = None
    try:
        if len(plain) < len(parts):
            batch.given = await aside(read, parts, request.brief)
    except (Exception, SystemExit) as error:
        failure = SourceError("could not be read in time: given up") if isinstance(error, TimeoutError) else error
    if failure or len(plain) == len(parts):
        batch.given = await asyncio.to_thread(read, plain, request.brief)
    if batch.given.error:
        failure = SourceError(batch.given.error)
    if failure:
        batch.error = batch.error or _failure(failure, request, door)


def _failure(error: BaseException, request: Request, door: Http) -> AggregateError:
    if isinstance(error, AggregateError):
        return door.cut or error  # what was cut short may be no document any more
    plugin = request.plugin
    return SourceError(f'plugin "{plugin.name}" ({plugin.origin}): {describe(error, plugin.origin)}')


class _Pulse:
    """When a source last gave a sign of life: an item, or the end of a request."""

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop().time
        self.last = self.clock()

    def beat(self) -> None:
        self.last = self.clock()


async def _watched(work: Awaitable[None], door: Http, alive: _Pulse, limit: float) -> None:
    """Do the work, and give it up when it shows no life for so long; while it asks, its request is what is watched, and
    what it waits for besides has the time that it was given."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            left = limit if door.asking else max(alive.last + limit, door.waits_until) - alive.clock()
            if left <= 0:
                raise SourceError(f"gave no item and no answer for {limit:g} s: given up")
            await asyncio.wait({task}, timeout=left)
        await task
    finally:
        task.cancel()


async def _drain(request: Request, door: Http, parts: list[Any], alive: _Pulse) -> None:
    function = request.plugin.function
    take = partial(_take, parts, alive)
    if inspect.isasyncgenfunction(function) or inspect.iscoroutinefunction(function):
        await _drain_async(_call(request, door), take)
    else:
        blocking = BlockingHttp(door, asyncio.get_running_loop())
        await in_own_thread(partial(_drain_plain, request, blocking, take))


def _call(request: Request, http: Http | BlockingHttp) -> Any:
    handed = {"http": http, "config_folder": request.brief.settings.file.absolute().parent}
    given = {name: value for name, value in handed.items() if request.plugin.accepts(name)}
    return request.plugin.function(**given, **request.options)


def _take(parts: list[Any], alive: _Pulse, part: object) -> None:
    alive.beat()
    parts.append(part)


async def _drain_async(result: Any, take: Callable[[object], None]) -> None:
    if inspect.isawaitable(result):
        result = await result
    if hasattr(result, "__aiter__"):
        async for value in result:
            take(value)
    else:
        _take_all(result, take)


def _drain_plain(request: Request, http: BlockingHttp, take: Callable[[object], None]) -> None:
    _take_all(_call(request, http), take)


def _take_all(result: object, take: Callable[[object], None]) -> None:
    if not isinstance(result, Iterable) or isinstance(result, str | bytes):
        raise SourceError(f"a source must yield or return Items, not {type(result).__name__}")
    for value in result:
        take(value)
