"""Collect from a list of sources: call all concurrently, and yield the result of each as soon as it has finished.

The failure of a source is a value: what it yielded before is kept, and other sources are not affected.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from aggregator.errors import AggregateError, FailureKind, FetchError, NotModified, SourceError
from aggregator.http.client import Client
from aggregator.http.connectivity import OFFLINE_KINDS, Connectivity
from aggregator.http.request_group import RequestGroup
from aggregator.http.response import Validators
from aggregator.http.source_http import SourceHttp
from aggregator.ingest.converted import Part, SourceContext
from aggregator.ingest.converter import MODULES
from aggregator.plugin.diagnostics import failure_line
from aggregator.plugin.execution import Activity, cancel_when_idle, collect_items
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.plugin.state import pack_memory, unpack_memory
from aggregator.runtime.digests import DIGEST_SIZE
from aggregator.runtime.threads import DaemonThreadExecutor
from aggregator.runtime.worker_pool import WorkerPool
from aggregator.runtime.worker_start import MIN_CALLS
from aggregator.scheduling.state import Source

LULL = 1.0
"""Seconds without a finished source after which `collect` yields None for the first time."""
MAX_PARTS = 50_000
"""How many parts a source may yield in one run, to bound the memory."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A source to collect from. `options`: arguments of the plugin's function; `validators`: of the last full answer;
    `as_browser`: its server wants the `Accept` header of a browser; `memory`: state that the plugin kept; `context`:
    for the conversion of its items."""

    source: Source
    plugin: Plugin
    url: str | None
    options: dict[str, Any]
    validators: Validators = Validators()
    as_browser: bool = False
    memory: dict[str, Any] = {}
    context: SourceContext


class Collected(msgspec.Struct, kw_only=True):
    """The result of collecting from one source.

    `parts`: what it yielded; `error`: why it ended early; `not_modified`: the publisher answered 304; `memory`: state
    of the plugin to keep, packed; `cut`: why the last answer is incomplete; `release`: call it when the result has been
    stored, to allow another answer to use its memory; the others: see `Http`.
    """

    request: Request
    parts: list[Part] = []
    error: AggregateError | None = None
    not_modified: bool = False
    memory: str | None = None
    validators: Validators = Validators()
    moved_to: str | None = None
    max_age: float | None = None
    as_browser: bool = False
    cut: FetchError | None = None
    release: Callable[[], None] = lambda: None

    @property
    def source(self) -> Source:
        return self.request.source


def request_for(source: Source, registry: Registry, now: datetime) -> Request:
    """Return the request for a source: its URL after permanent redirects, with the validators and the plugin's state of
    the last full answer if its settings are the same.

    Raises ConfigError or PluginError.
    """
    settings, state = source.settings, source.state
    plugin = registry.get("source", settings.plugin)
    url = state.moved_to or settings.url or plugin.default_url
    values = dict(settings.options)
    if url is not None and plugin.accepts("url"):
        values["url"] = url
    options = plugin.bind(values, settings.where)
    context = SourceContext(
        settings=settings,
        known_name=state.name,
        language=state.language,
        now=now,
        first=state.last_full is None,
        base=None if state.moved_to or settings.url else plugin.default_url,
    )
    request = Request(source=source, plugin=plugin, url=url, options=options, context=context)
    stored = state.options or b""
    if stored[:DIGEST_SIZE] != settings.request_digest:
        return request
    validators = Validators(etag=state.etag, last_modified=state.last_modified, address=stored[DIGEST_SIZE:])
    return msgspec.structs.replace(
        request, validators=validators, as_browser=state.hints.as_browser, memory=unpack_memory(state.memory)
    )


@asynccontextmanager
async def open_workers(client: Client, min_calls: int = MIN_CALLS) -> AsyncIterator[WorkerPool]:
    """Prepare this process, and worker processes that convert answers. `min_calls`: from how many answers on one is
    started."""
    asyncio.get_running_loop().set_default_executor(DaemonThreadExecutor(client.timeout / 4))
    async with WorkerPool(client.timeout, min_calls=min_calls, preload=MODULES) as workers:
        yield workers


@asynccontextmanager
async def collecting(
    requests: Sequence[Request], client: Client, workers: WorkerPool, group: RequestGroup
) -> AsyncIterator[AsyncIterator[Collected | None]]:
    """Start to collect, and yield an iterator of the results; see `collect`. On leaving, nothing of the sources
    occupies the client any more. `group`: that of their requests."""
    new = sum(1 for one in requests if not one.validators.headers() and one.plugin.is_shipped)
    workers.expect(new, possible=len(requests))
    try:
        async with aclosing(collect(requests, client, group)) as answers:
            yield answers
    finally:
        group.close()


def group_of(requests: Sequence[Request], client: Client) -> RequestGroup:
    """Return the group for the requests of these sources."""
    return client.group((request.url, request.validators) for request in requests)


async def collect(
    requests: Sequence[Request], client: Client, group: RequestGroup
) -> AsyncGenerator[Collected | None, None]:
    """Collect from all sources, as many at once as the client's settings allow, and yield the result of each when it
    has finished; None when none has finished for a while.

    Without a network, every source fails with the same message (FetchError, kind "offline").
    """
    collector = _Collector(client, group)
    tasks = [asyncio.create_task(collector.collect(request)) for request in requests]
    unreachable: list[Collected] = []
    lull = LULL
    remaining = len(tasks)
    try:
        while remaining:
            try:
                collected = await collector.next_finished(lull)
            except TimeoutError:
                lull *= 2
                yield None
                continue
            remaining -= 1
            if _is_unreachable(collected) and not group.connectivity.is_up:
                unreachable.append(collected)  # the cause may be the network, not the source
            else:
                yield collected
        for collected in unreachable:
            yield _with_offline_error(collected, group.connectivity)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        collector.close()


def _is_unreachable(collected: Collected) -> bool:
    """Whether a source yielded nothing because its host was not found."""
    error = collected.error
    return isinstance(error, FetchError) and error.kind in OFFLINE_KINDS | {FailureKind.OFFLINE} and not collected.parts


def _with_offline_error(collected: Collected, connectivity: Connectivity) -> Collected:
    if connectivity.is_down and isinstance(collected.error, FetchError):
        collected.error = connectivity.error(collected.error.url)
    return collected


class _Collector:
    """Collects from the sources of one group."""

    def __init__(self, client: Client, group: RequestGroup) -> None:
        self._finished: asyncio.Queue[Collected] = asyncio.Queue(maxsize=64)  # bounds the memory before the store
        self._client = client
        self._group = group
        self._open: set[SourceHttp] = set()

    async def collect(self, request: Request) -> None:
        """Collect from one source, and put the result into the queue."""
        activity = Activity()
        http = SourceHttp(self._client, request.url, request.validators, activity.record, self._group)
        http.as_browser = request.as_browser
        self._open.add(http)
        collected = Collected(request=request)
        parts: list[Any] = []
        try:
            await _call(request, http, parts, activity, self._client.timeout)
            if http.truncated_by and http.truncated_by.kind == FailureKind.TIMEOUT:
                collected.error = http.truncated_by
            collected.memory = pack_memory(request.memory)
        except NotModified:
            collected.not_modified = True
            collected.memory = _pack_memory(request, collected)
        except (Exception, SystemExit) as error:  # every source yields a result, whatever happens
            collected.error = source_failure(error, request, http.truncated_by)
        collected.error = http.postponed or collected.error  # the plugin may have done without the response
        collected.parts = parts[:]  # a thread that outlived its timeout may still append to the original
        collected.validators, collected.moved_to, collected.max_age = http.validators, http.moved_to, http.max_age
        collected.as_browser, collected.cut = http.as_browser, http.truncated_by
        if parts:
            collected.release = partial(self._release, http)
        else:
            self._release(http)
        await self._finished.put(collected)

    async def next_finished(self, timeout: float) -> Collected:
        """Return the next result. Raises TimeoutError when there is none for so many seconds."""
        if not self._finished.empty():
            return self._finished.get_nowait()
        async with asyncio.timeout(timeout):
            return await self._finished.get()

    def close(self) -> None:
        """Release what the results occupy that nobody has processed."""
        for http in list(self._open):
            self._release(http)

    def _release(self, http: SourceHttp) -> None:
        self._open.discard(http)
        http.close()


def _pack_memory(request: Request, collected: Collected) -> str | None:
    try:
        return pack_memory(request.memory)
    except SourceError as error:
        collected.error = error
        return None


async def _call(request: Request, http: SourceHttp, parts: list[Any], activity: Activity, limit: float) -> None:
    """Call the plugin's function, and append what it yields to `parts`."""

    def take(part: object) -> None:
        if len(parts) >= MAX_PARTS:
            raise SourceError(f"yielded more than {MAX_PARTS:,} items; the rest is ignored")
        activity.record()
        parts.append(part)

    arguments = dict(request.options)
    if request.plugin.accepts("state"):
        arguments["state"] = request.memory
    if request.plugin.accepts("config_folder"):
        arguments["config_folder"] = request.source.settings.file.absolute().parent
    await cancel_when_idle(collect_items(request.plugin, arguments, http, take), http, activity, limit)


def source_failure(error: BaseException, request: Request, cut: FetchError | None) -> AggregateError:
    """Return the error of a source for the report. `cut`: why its last answer is incomplete, which explains a parse
    error."""
    if isinstance(error, AggregateError):
        return cut or error
    return SourceError(failure_line(request.plugin.name, request.plugin.origin, error))
