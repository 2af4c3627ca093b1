"""`aggregate work` that plans and looks for a changed configuration each second, and publishes every five seconds.

`--beat`, `--send`, `--stale`: seconds of the leases (`LeaseTimes`); `--jobs`: how many sources a job collects from.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from aggregator.context import Context
from aggregator.jobs import engine, queue_tables, tasks, worker
from aggregator.jobs.leases import DEFAULT_TIMES, LeaseTimes
from aggregator.jobs.logs import configure_logs
from aggregator.jobs.reload import WorkerConfiguration


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
    worker.CHECK = 0.5
    times = LeaseTimes(beat=options.beat, send=options.send, stale=options.stale, wait=options.wait)
    configuration = WorkerConfiguration(Context(Path("config.toml")))
    work_options = tasks.WorkOptions(
        times=times, sources_per_job=options.jobs, publish=not options.no_publish, concurrency=options.concurrency
    )
    asyncio.run(worker.work(configuration.setup(), work_options, configuration.changed))


if __name__ == "__main__":
    main()
