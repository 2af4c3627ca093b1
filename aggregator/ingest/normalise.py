"""Normalise the result of a source: convert its parts into articles, in a worker process if it is parsed there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from aggregator.errors import AggregateError, FailureKind, FetchError, SourceError
from aggregator.http.client import Client
from aggregator.http.memory_budget import LARGE_BODY
from aggregator.ingest.collect import Collected, Request, collecting, group_of, open_workers, source_failure
from aggregator.ingest.converted import Converted, Part, convert
from aggregator.model import Reading
from aggregator.plugin.plugin import Plugin
from aggregator.runtime.worker_pool import aside, expect_large_call
from aggregator.scheduling.state import Source

NOT_SENT_KINDS = frozenset({FailureKind.OFFLINE, FailureKind.HELD, FailureKind.POSTPONED})
"""Failures that tell nothing about the source."""
CALLS_OF_ONE = 1
"""From how many answers of a single source a worker process is started: a parser that hangs must not stop a preview."""


class Batch(msgspec.Struct, kw_only=True):
    """One source after normalising. `error`: why collecting or converting ended early."""

    collected: Collected
    converted: Converted
    error: AggregateError | None = None

    @property
    def source(self) -> Source:
        return self.collected.request.source

    @property
    def was_skipped(self) -> bool:
        """Whether no request was sent: there is no network, a Retry-After has not expired, or it was postponed."""
        error, converted = self.error, self.converted
        empty = not (converted.articles or converted.junk)
        return isinstance(error, FetchError) and error.kind in NOT_SENT_KINDS and empty

    @property
    def was_postponed(self) -> bool:
        """Whether a request of the source was not sent, since another process sent some to the host: nothing is known
        about the source, which is tried again soon."""
        return isinstance(self.error, FetchError) and self.error.kind == FailureKind.POSTPONED

    @property
    def memory(self) -> str | None:
        """State of the plugin to keep, packed; None from a source that failed."""
        return None if self.error else self.collected.memory


async def normalise(collected: Collected) -> Batch:
    """Convert the parts that a source yielded. If a `Reading` fails, the other parts are converted all the same."""
    try:
        if not collected.parts:
            return Batch(collected=collected, converted=Converted(), error=collected.error)
        return await _normalise(collected)
    except (Exception, SystemExit) as error:
        failure = source_failure(error, collected.request, collected.cut)
        return Batch(collected=collected, converted=Converted(), error=failure)
    finally:
        collected.parts = []


async def _normalise(collected: Collected) -> Batch:
    parts, context = collected.parts, collected.request.context
    without_readings = [part for part in parts if not isinstance(part, Reading)]
    converted = Converted()
    failure: BaseException | None = None
    if len(without_readings) < len(parts):
        if _size(parts) > LARGE_BODY:  # in the worker process, documents do not add up in memory
            expect_large_call()
        try:
            converted = await aside(convert, parts, context)
        except (Exception, SystemExit) as raised:
            failure = raised
    if failure or len(without_readings) == len(parts):
        converted = await asyncio.to_thread(convert, without_readings, context)
    if converted.error:
        failure = SourceError(converted.error)
    if converted.invalid and not failure:
        failure = SourceError(_invalid_parts(converted, collected.request.plugin))
    error = collected.error
    if failure and not error:
        error = source_failure(failure, collected.request, collected.cut)
    return Batch(collected=collected, converted=converted, error=error)


def _size(parts: Sequence[Part]) -> int:
    """Return how many bytes are to be parsed."""
    readings = (part for part in parts if isinstance(part, Reading))
    return sum(len(argument) for reading in readings for argument in reading.arguments if isinstance(argument, bytes))


def _invalid_parts(converted: Converted, plugin: Plugin) -> str:
    advice = "write `await` before the call" if "coroutine" in converted.example else "yield Item(...)"
    what = converted.example
    if converted.invalid > 1:
        what = f"{converted.invalid:,} values that are not Items, the first of them {what}"
    else:
        what = f"{what}, which is not an Item"
    return f'plugin "{plugin.name}" ({plugin.origin}): yielded {what}: {advice}'


async def collect_one(request: Request, client: Client, min_calls: int | None = None) -> Batch:
    """Collect and normalise a single source, for a preview or a test. `min_calls`: see `open_workers`; by default
    `CALLS_OF_ONE`."""
    requests = [request]
    async with (
        open_workers(client, CALLS_OF_ONE if min_calls is None else min_calls) as workers,
        collecting(requests, client, workers, group_of(requests, client)) as sources,
    ):
        [batch] = [await normalise(collected) async for collected in sources if collected]
    return batch
