"""Call plugins' functions where they can hold up nobody else, and give up those that hang.

What ships and is asynchronous runs on the loop that all sources share, and a plain source in a thread. What others have
written runs in a thread, with a loop of its own where it is asynchronous: one that never gives up its turn, as with
`time.sleep`, would else stop everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from aggregator.errors import SourceError
from aggregator.http.adapters import BlockingAdapter, CrossLoopAdapter, FilterHttp
from aggregator.http.source_http import SourceHttp
from aggregator.plugin.diagnostics import coroutine_returned, type_with_article
from aggregator.plugin.registry import Plugin, failure
from aggregator.plugin.stdout import speaking
from aggregator.runtime.threads import in_own_thread


class GivenUpError(SourceError):
    """A plugin hangs."""


class Pulse:
    """When a plugin last gave a sign of life: an item, or the end of a request."""

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop().time
        self.last = self.clock()

    def beat(self) -> None:
        """It lives."""
        self.last = self.clock()


class Asking(Protocol):
    """A door, of which it is known how many requests wait for their turn or their answer, and until when, by the
    monotonic clock, something else is waited for."""

    @property
    def pending(self) -> int: ...

    @property
    def wait_deadline(self) -> float: ...


async def watched(work: Awaitable[None], door: Asking, alive: Pulse, limit: float) -> None:
    """Do the work, and give it up when it shows no life for so long; while it asks, its request is what is watched, and
    what it waits for besides has the time that it says.

    Raises GivenUpError then.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            left = limit if door.pending else max(alive.last + limit, door.wait_deadline) - alive.clock()
            if left <= 0:
                raise GivenUpError(f"gave no item and no answer for {limit:g} s: given up")
            await asyncio.wait({task}, timeout=left)
        await task
    finally:
        task.cancel()


async def drain(plugin: Plugin, given: dict[str, Any], door: SourceHttp, take: Callable[[object], None]) -> None:
    """Call a source, and hand all that it yields or returns to `take`. Raises what it raises, and SourceError for what
    is no source's answer.

    `given`: its options and what else it is handed, but for its door.
    """
    await in_its_place(
        plugin, door, partial(_drain_async, plugin, given, take), partial(_drain_plain, plugin, given, take)
    )


async def in_its_place(
    plugin: Plugin,
    door: SourceHttp | FilterHttp,
    asynchronous: Callable[[Any], Coroutine[Any, Any, None]],
    plain: Callable[[BlockingAdapter], None],
) -> None:
    """Do one of the two, as the plugin's function is, where it can hold up nobody else. Each is handed its door."""
    loop = asyncio.get_running_loop()
    if not plugin.is_async:
        await in_own_thread(partial(plain, BlockingAdapter(door, loop)))
    elif plugin.is_shipped:
        await asynchronous(door)
    else:
        distant = CrossLoopAdapter(door, loop)
        await in_own_thread(lambda: asyncio.run(asynchronous(distant)))


async def _drain_async(
    plugin: Plugin, given: dict[str, Any], take: Callable[[object], None], http: SourceHttp | CrossLoopAdapter
) -> None:
    with _contained(plugin):
        result = _call(plugin, given, http)
        if not isinstance(result, AsyncIterable):
            result = await result
        if not isinstance(result, AsyncIterable):
            return _take_all(result, take)
        async for value in result:
            take(value)


def _drain_plain(plugin: Plugin, given: dict[str, Any], take: Callable[[object], None], http: BlockingAdapter) -> None:
    with _contained(plugin):
        _take_all(_call(plugin, given, http), take)


@contextmanager
def _contained(plugin: Plugin) -> Iterator[None]:
    """Within, a plugin may print, and end the program, as it thinks: asyncio lets a SystemExit pass through to the end
    of the loop."""
    with speaking(plugin.name):
        try:
            yield
        except SystemExit as error:
            raise SourceError(failure(plugin.name, plugin.origin, error)) from error


def _call(plugin: Plugin, given: dict[str, Any], http: object) -> Any:
    return plugin.function(**({"http": http} if plugin.accepts("http") else {}), **given)


def _take_all(result: object, take: Callable[[object], None]) -> None:
    if not isinstance(result, Iterable) or isinstance(result, str | bytes | dict):
        raise SourceError(no_items(result))
    for value in result:
        take(value)


def no_items(result: object) -> str:
    """What is wrong with what a source returned."""
    if result is None:
        return "gave nothing: a source yields each Item (`yield Item(...)`), or returns a list of them"
    if isinstance(result, Coroutine):
        return coroutine_returned("source", result)
    return f"a source yields or returns Items, not {type_with_article(result)}"
