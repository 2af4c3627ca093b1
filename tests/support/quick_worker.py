"""`aggregate work` that plans each second, and publishes every five seconds.

`--beat`, `--send`, `--stale`: seconds of the leases (`LeaseTimes`); `--jobs`: how many sources a job collects from.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from aggregator.context import Context
from aggregator.jobs import engine, queue_tables, tasks
from aggregator.jobs.collecting import setup_of
from aggregator.jobs.leases import DEFAULT_TIMES, LeaseTimes
from aggregator.jobs.logs import configure_logs
from aggregator.jobs.worker import work


def main() -> None:
    """Work until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-publish", action="store_true")
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--concurrency", type=int, default=2)
    for name in ("beat", "send", "stale", "wait"):
        parser.add_argument(f"--{name}", type=float, default=getattr(DEFAULT_TIMES, name))
    options = parser.parse_args()
    configure_logs(as_json=True)
    engine.PLAN, engine.RESCUE, engine.PUBLISH = "* * * * * *", "* * * * * */2", "* * * * * */5"
    queue_tables.STALLED = 3.0
    tasks.POSTPONED = 5
    times = LeaseTimes(beat=options.beat, send=options.send, stale=options.stale, wait=options.wait)
    context = Context(Path("config.toml"))
    setup = setup_of(context.config, context.registry)
    work_options = tasks.WorkOptions(
        times=times, sources_per_job=options.jobs, publish=not options.no_publish, concurrency=options.concurrency
    )
    asyncio.run(work(setup, work_options))


if __name__ == "__main__":
    main()
