"""`aggregate work` that plans each second, and publishes every five: `quick_worker.py [BEAT SEND STALE] [--no-publish]`.

With three numbers, these are the seconds of the leases (`LeaseTimes`) instead of the usual ones.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aggregator.context import Context
from aggregator.jobs import engine, queue_tables, tasks
from aggregator.jobs.collecting import parts_of
from aggregator.jobs.leases import DEFAULT_TIMES, LeaseTimes
from aggregator.jobs.logs import configure_logs
from aggregator.jobs.tasks import WorkOptions
from aggregator.jobs.worker import work


def main(*arguments: str) -> None:
    """Work until SIGTERM."""
    seconds = [argument for argument in arguments if argument != "--no-publish"]
    configure_logs(as_json=True)
    engine.PLAN, engine.RESCUE, engine.PUBLISH = "* * * * * *", "* * * * * */2", "* * * * * */5"
    queue_tables.STALLED = 3.0
    tasks.POSTPONED = 5
    times = DEFAULT_TIMES
    if seconds:
        beat, send, stale = map(float, seconds)
        times = LeaseTimes(beat=beat, send=send, stale=stale, wait=2.0, share=2.0)
    context = Context(Path("config.toml"))
    parts = parts_of(context.config, context.registry)
    asyncio.run(work(parts, WorkOptions(times=times, sources_per_job=20, publish=len(seconds) == len(arguments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
