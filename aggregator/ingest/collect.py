"""Ask sources, all at once, and hand on what each gave as soon as it has given it.

A source's failure is a value in its batch: what it yielded before is kept, and no other source notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from aggregator.errors import AggregateError, ConfigError, FailureKind, FetchError, NotModified, SourceError
from aggregator.http.client import Client
from aggregator.http.connectivity import OFFLINE_KINDS, Connectivity
from aggregator.http.response import Validators
from aggregator.http.source_http import SourceHttp
from aggregator.ingest.convert import Brief, Given, read
from aggregator.model import Reading
from aggregator.plugin.execution import Pulse, drain, watched
from aggregator.plugin.registry import Plugin, Registry, failure
from aggregator.plugin.state import pack_memory
from aggregator.runtime.threads import PatientExecutor
from aggregator.runtime.worker_process import Beside, aside

LULL = 1.0
"""Seconds without a batch after which those that are still missing are slow."""
MOST_PARTS = 50_000
"""What a source may yield in one run: more is no news, and would fill the memory."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One source to ask. `options`: as the plugin's function wants them; `validators`: of its last full answer;
    `memory`: what the plugin kept of it; `brief`: what reading its answer takes."""

    plugin: Plugin
    url: str | None
    options: dict[str, Any]
    validators: Validators = Validators()
    memory: dict[str, Any] = {}
    brief: Brief


class Batch(msgspec.Struct, kw_only=True):
    """What one source gave.

    `place`: its position among the requests; `error`: why it ended early; `not_modified`: it said that nothing is new;
    `memory`: what its plugin keeps from now on, packed, if it is to be kept; the others: see `SourceHttp`.
    """

    place: int
    given: Given = msgspec.field(default_factory=Given)
    error: AggregateError | None = None
    not_modified: bool = False
    memory: str | None = None
    validators: Validators = Validators()
    moved_to: str | None = None
    max_age: float | None = None


def request_for(brief: Brief, registry: Registry, url: str | None) -> Request:
    """What to ask, with nothing known of it. `url`: where the source is now (it may have moved).

    Raises ConfigError or PluginError.
    """
    settings = brief.settings
    plugin = registry.get("source", settings.plugin)
    if url is None and (url := plugin.home):
        brief = msgspec.structs.replace(brief, base=url)
    values = dict(settings.options)
    if url is not None and plugin.accepts("url"):
        values["url"] = url
    options, problems = plugin.convert(values)
    if problems:
        raise ConfigError([f"{settings.label}: {p.key}: {p.allowed}" for p in problems])
    return Request(plugin=plugin, url=url, options=options, brief=brief)


async def collect(requests: Sequence[Request], client: Client) -> AsyncIterator[Batch | None]:
    """Ask all of them, as many at once as the client's settings allow, and yield each batch when it is there; None in a
    lull, when nothing has come for a while and there is time for other things.

    Where there is no network, each batch says so in the same words (FetchError, kind "offline").
    """
    waiting: asyncio.Queue[Batch] = asyncio.Queue(maxsize=64)  # bounds what lies between network and store
    asyncio.get_running_loop().set_default_executor(PatientExecutor(client.timeout / 4))
    unread = sum(1 for request in requests if not request.validators.headers())  # each will give a whole answer
    async with Beside(client.timeout, unread):
        client.expect((request.url, request.validators) for request in requests)
        tasks = [asyncio.create_task(_ask(n, request, client, waiting)) for n, request in enumerate(requests)]
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
                if _is_lost(batch) and not client.connectivity.is_up:
                    lost.append(batch)  # it may be the network that is ill, and not the source
                else:
                    yield batch
            for batch in lost:
                yield _judged(batch, client.connectivity)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _is_lost(batch: Batch) -> bool:
    """Whether a source gave nothing since its host could not be found."""
    return (
        isinstance(batch.error, FetchError)
        and batch.error.kind in OFFLINE_KINDS | {FailureKind.OFFLINE}
        and batch.given.is_empty
    )


def _judged(batch: Batch, connectivity: Connectivity) -> Batch:
    if connectivity.is_down and isinstance(batch.error, FetchError):
        batch.error = connectivity.error(batch.error.url)
    return batch


async def _ask(place: int, request: Request, client: Client, waiting: asyncio.Queue[Batch]) -> None:
    alive = Pulse()
    door = SourceHttp(client, request.url, request.validators, alive.beat)
    batch = Batch(place=place)
    parts: list[Any] = []
    try:
        try:
            await _take(request, door, parts, alive, client.timeout)
            timed_out = door.truncated_by and door.truncated_by.kind == FailureKind.TIMEOUT
            batch.error = door.truncated_by if timed_out else None
            batch.memory = pack_memory(request.memory)
        except NotModified:
            batch.not_modified = True
            batch.memory = pack_memory(request.memory)
        except (Exception, SystemExit) as error:
            batch.error = _failure(error, request, door)
        if parts:
            await _read(parts[:], request, door, batch)  # a thread that was given up may still add to the original
    except (Exception, SystemExit) as error:  # whatever happens, there is a batch of each source
        batch.error = _failure(error, request, door)
    finally:
        door.close()
    if batch.error:
        batch.memory = None
    batch.validators, batch.moved_to, batch.max_age = door.validators, door.moved_to, door.max_age
    await waiting.put(batch)


async def _take(request: Request, door: SourceHttp, parts: list[Any], alive: Pulse, limit: float) -> None:
    """Call the source, and put all that it yields into `parts`."""

    def take(part: object) -> None:
        if len(parts) >= MOST_PARTS:
            raise SourceError(f"gave more than {MOST_PARTS:,} items: those after them were left")
        alive.beat()
        parts.append(part)

    given = dict(request.options)
    if request.plugin.accepts("state"):
        given["state"] = request.memory
    if request.plugin.accepts("config_folder"):
        given["config_folder"] = request.brief.settings.file.absolute().parent
    await watched(drain(request.plugin, given, door, take), door, alive, limit)


async def _read(parts: list[Any], request: Request, door: SourceHttp, batch: Batch) -> None:
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
    if batch.given.odd and not failure:
        failure = SourceError(_odd_ones(batch.given, request.plugin))
    if failure:
        batch.error = batch.error or _failure(failure, request, door)


def _odd_ones(given: Given, plugin: Plugin) -> str:
    number = "something that is" if given.odd == 1 else f"{given.odd:,} things that are"
    advice = "write `await` before the call" if "coroutine" in given.example else "yield Item(...)"
    first = "" if given.odd == 1 else "the first "
    return f'plugin "{plugin.name}" ({plugin.origin}): yielded {number} no Item, {first}{given.example}: {advice}'


def _failure(error: BaseException, request: Request, door: SourceHttp) -> AggregateError:
    if isinstance(error, AggregateError):
        return door.truncated_by or error  # what was cut short may be no document any more
    return SourceError(failure(request.plugin.name, request.plugin.origin, error))
