"""Collects once, and ends: all sources that are due, together with the workers that may run, or some by their names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

from aggregator.jobs import engine as queue
from aggregator.jobs.connection import report_lost_connection
from aggregator.jobs.engine import Engine
from aggregator.jobs.logs import event
from aggregator.jobs.tasks import WorkerSetup, WorkerTasks, WorkOptions, now_seconds, synchronise_roster
from aggregator.jobs.worker import connected, first_of

PAUSE = 0.5
"""Seconds between looks at what is left to other workers."""
IDLE_ROUNDS = 3
"""How often nothing may have changed, while no other worker runs a job."""
PATIENCE = 60.0
"""Seconds to wait for other workers without progress."""


async def collect_due(setup: WorkerSetup, options: WorkOptions) -> int:
    """Collect from all sources that are due now, together with the workers that run.

    Ends when all of them have been collected, or when nobody collects those that are left: returns their number.
    Raises ConnectionLostError.
    """
    with report_lost_connection():
        await asyncio.to_thread(synchronise_roster, setup)
        async with connected(setup, options, periodic=False) as (jobs, tasks, beat):
            left: int = await first_of(_until_none_is_due(jobs, tasks, options), beat)
            return left


async def _until_none_is_due(jobs: Engine, tasks: WorkerTasks, options: WorkOptions) -> int:
    """Run jobs until the sources that are due now are collected; those that get due meanwhile are left."""
    since = now_seconds()
    left, idle, deadline = tasks.left_due(since), 0, time.monotonic() + PATIENCE
    while left:
        await jobs.rescue()
        await jobs.defer(await tasks.plan(since))
        await jobs.run(tasks, queues=[queue.COLLECT], concurrency=options.concurrency)
        before, left = left, tasks.left_due(since)
        if left < before:
            idle, deadline = 0, time.monotonic() + PATIENCE
        elif tasks.running_elsewhere():
            idle = 0
        else:
            idle += 1
        if left and (idle == IDLE_ROUNDS or time.monotonic() > deadline):
            event("sources left that nobody collects", sources=left)
            break
        if left:
            await asyncio.sleep(PAUSE)
    return left


async def collect_named(setup: WorkerSetup, options: WorkOptions, addresses: Collection[str]) -> set[str]:
    """Collect from these sources (`SourceSettings.key`), due or not, except within a publisher's Retry-After.

    Returns those that could not be, since other workers send requests to their publishers. Raises ConnectionLostError.
    """
    with report_lost_connection():
        await asyncio.to_thread(synchronise_roster, setup)
        async with connected(setup, options, periodic=False) as (_, tasks, beat):
            left: set[str] = await first_of(_until_all_are_collected(tasks, set(addresses)), beat)
            return left


async def _until_all_are_collected(tasks: WorkerTasks, addresses: set[str]) -> set[str]:
    deadline = time.monotonic() + PATIENCE
    while addresses and time.monotonic() < deadline:
        addresses = await tasks.collect_named(addresses)
        if addresses:
            await asyncio.sleep(PAUSE)
    return addresses
