"""Runs plugin functions so that one that blocks or hangs does not stop the others.

Shipped asynchronous plugins run on the shared event loop. All others run in a thread each, third-party asynchronous
ones with an event loop of their own: a blocking call such as `time.sleep` would stop every source on the shared loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Protocol

from aggregator.errors import SourceError
from aggregator.http.adapters import BlockingAdapter, CrossLoopAdapter, FilterHttp
from aggregator.http.source_http import SourceHttp
from aggregator.plugin.diagnostics import coroutine_returned, failure_line, type_with_article
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.stdout import attribute_output
from aggregator.runtime.threads import run_in_thread


class IdleTimeoutError(SourceError):
    """A plugin was cancelled because it made no progress."""


class Activity:
    """Records when a plugin last made progress: it yielded an item, or a request of its ended."""

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop().time
        self.last = self.clock()

    def record(self) -> None:
        """Record progress now."""
        self.last = self.clock()


class PendingRequests(Protocol):
    """The HTTP client of a plugin, with the number of its pending requests (`asking`).

    `waits_until`: until when, by the monotonic clock, the plugin has announced to wait for something else.
    """

    @property
    def pending(self) -> int: ...

    @property
    def wait_deadline(self) -> float: ...


async def cancel_when_idle(work: Awaitable[None], http: PendingRequests, activity: Activity, limit: float) -> None:
    """Await the work, and cancel it after `limit` seconds without progress.

    Pending requests have time-outs of their own and count as progress; so does a wait that the plugin has announced.
    Raises IdleTimeoutError after a cancellation.
    """
    timer = _IdleTimer(http, activity, limit)
    try:
        async with timer.timeout:
            await work
    except TimeoutError as error:
        if not timer.timeout.expired():
            raise
        raise IdleTimeoutError(f"cancelled after {limit:g} s without an item or an answer") from error
    finally:
        timer.stop()


class _IdleTimer:
    """Lets `timeout` expire after `limit` seconds without progress. A task that waits for another one would cost more:
    most sources make progress until they end."""

    def __init__(self, http: PendingRequests, activity: Activity, limit: float) -> None:
        self.timeout = asyncio.timeout(None)
        self._http = http
        self._activity = activity
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._next_check = self._loop.call_later(limit, self._check)

    def stop(self) -> None:
        self._next_check.cancel()

    def _check(self) -> None:
        now = self._loop.time()
        idle_at = now + self._limit if self._http.pending else self._activity.last + self._limit
        deadline = max(idle_at, self._http.wait_deadline)
        if deadline > now:
            self._next_check = self._loop.call_at(deadline, self._check)
        else:
            self.timeout.reschedule(now)


async def collect_items(
    plugin: Plugin, arguments: dict[str, Any], http: SourceHttp, collect: Callable[[object], None]
) -> None:
    """Call a source and pass everything that it yields or returns to `collect`.

    `arguments`: of its function, without `http`. Raises what the source raises, and SourceError where it returns
    something that is not iterable.
    """
    await run_isolated(plugin, http, partial(_call_source, plugin, arguments, collect))


async def run_isolated(
    plugin: Plugin, http: SourceHttp | FilterHttp, call: Callable[[Any], Coroutine[Any, Any, None] | None]
) -> None:
    """Run `call` on the shared event loop if the plugin is shipped and asynchronous, otherwise in a thread of its own.

    `call`: receives the `http` that the plugin's function expects, and returns a coroutine if something is left to
    await. In a thread, only that coroutine runs in an event loop, so a decorator may itself use `asyncio.run`.
    """
    if plugin.is_shipped and plugin.is_async:
        if rest := call(http):
            await rest
        return
    loop = asyncio.get_running_loop()
    adapter = CrossLoopAdapter(http, loop) if plugin.awaits_http else BlockingAdapter(http, loop)

    def run() -> None:
        if rest := call(adapter):
            asyncio.run(rest)

    await run_in_thread(run)


def _call_source(
    plugin: Plugin, arguments: dict[str, Any], collect: Callable[[object], None], http: object
) -> Coroutine[Any, Any, None] | None:
    with _Contained(plugin):
        result = plugin.function(**({"http": http} if plugin.accepts("http") else {}), **arguments)
        if plugin.is_async and isinstance(result, Awaitable | AsyncIterable):
            return _collect_async(plugin, result, collect)
        _collect_all(result, collect)
    return None


async def _collect_async(plugin: Plugin, result: Any, collect: Callable[[object], None]) -> None:
    with _Contained(plugin):
        if not isinstance(result, AsyncIterable):
            result = await result
        if not isinstance(result, AsyncIterable):
            return _collect_all(result, collect)
        async for value in result:
            collect(value)


class _Contained(attribute_output):
    """Also turn SystemExit into SourceError within the context: asyncio would let it end the loop."""

    __slots__ = ("_origin",)

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin.name)
        self._origin = plugin.origin

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        if isinstance(error, SystemExit):
            raise SourceError(failure_line(self._plugin, self._origin, error)) from error


def _collect_all(result: object, collect: Callable[[object], None]) -> None:
    if not isinstance(result, Iterable) or isinstance(result, str | bytes | dict):
        raise SourceError(_explain_result(result))
    for value in result:
        collect(value)


def _explain_result(result: object) -> str:
    """Explain why what a source returned cannot be used."""
    if result is None:
        return "gave nothing: a source yields each Item (`yield Item(...)`), or returns a list of them"
    if isinstance(result, Coroutine):
        return coroutine_returned("source", result)
    return f"a source yields or returns Items, not {type_with_article(result)}"
