"""Collects once, and ends: all sources that are due, together with the workers that may run, or some by their names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

from aggregator.jobs import engine as queue
from aggregator.jobs.engine import Engine
from aggregator.jobs.tasks import Parts, WorkerTasks, WorkOptions, synchronise_roster
from aggregator.jobs.worker import connected, first_of

IDLE_ROUNDS = 3
PATIENCE = 60.0
"""Seconds to wait for the shards of named sources, while other workers hold them."""


async def collect_due(parts: Parts, options: WorkOptions) -> int:
    """Collect from all sources that are due, also if other workers do, and return how many this process collected.

    Ends when none is due any more, or nobody works on those that are. Raises ConnectionLostError.
    """
    await asyncio.to_thread(synchronise_roster, parts)
    async with connected(parts, options, periodic=False) as (jobs, tasks, keep):
        await first_of(_until_none_is_due(jobs, tasks, options), keep)
        return tasks.collected


async def _until_none_is_due(jobs: Engine, tasks: WorkerTasks, options: WorkOptions) -> None:
    idle = 0
    while idle < IDLE_ROUNDS:
        before = tasks.collected
        await jobs.rescue()
        planned = await tasks.plan()
        await jobs.defer(planned)
        await jobs.run(tasks, queues=[queue.COLLECT], concurrency=options.concurrency)
        others = tasks.running_elsewhere()
        if not planned and not others:
            return
        idle = 0 if tasks.collected > before or others else idle + 1
        if tasks.collected == before:
            await asyncio.sleep(0.5)


async def collect_named(parts: Parts, options: WorkOptions, addresses: Collection[str]) -> int:
    """Collect from these sources (`SourceSettings.key`), due or not, and return how many were. A publisher's
    Retry-After is respected. Raises ConnectionLostError."""
    await asyncio.to_thread(synchronise_roster, parts)
    async with connected(parts, options, periodic=False) as (_, tasks, keep):
        await first_of(_until_all_are_collected(tasks, set(addresses)), keep)
        return tasks.collected


async def _until_all_are_collected(tasks: WorkerTasks, addresses: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while addresses and time.monotonic() < deadline:
        addresses = await tasks.collect_named(addresses)
        if addresses:
            await asyncio.sleep(0.5)
