"""A run on a store that several workers share: collects what is due, waits for the others, and publishes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from aggregator.config.settings import Config
from aggregator.errors import StoreError
from aggregator.ingest.select import count_sources, select
from aggregator.jobs.collecting import setup_of
from aggregator.jobs.connection import ConnectionLostError
from aggregator.jobs.once import collect_due, collect_named
from aggregator.jobs.tasks import WorkOptions
from aggregator.pipeline import alert, end_run, group_and_publish
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.run import ReportProgress, Run, RunOptions
from aggregator.runtime.signals import cancel_on_sigterm
from aggregator.store import Store


def run_shared(config: Config, registry: Registry, options: RunOptions, progress: ReportProgress) -> Report:
    """Do one run. The failures of sources and outputs are in the report.

    Sources that are named, or collected by force, are collected by this process; those that are due by all workers.
    Raises LockedError, StoreError, ConfigError.
    """
    started = time.monotonic()
    report = Report(started=datetime.now(UTC).replace(microsecond=0))
    if not options.offline:
        try:
            asyncio.run(_collect(config, registry, options, report))
        except ConnectionLostError as error:
            raise StoreError(f"{config.store}: the connection was lost ({error}); stored data is not lost") from error
    with Store.open_locked(config.store) as store:
        run = Run(config, registry, store, options, progress)
        run.report, run.started = report, started
        count_sources(run.sources, report)
        alert(run)
        group_and_publish(run)
    return end_run(run)


async def _collect(config: Config, registry: Registry, options: RunOptions, report: Report) -> None:
    setup, work = setup_of(config, registry, report), WorkOptions()
    with Store.open(config.store) as store:
        sources = store.sources(config)
    with cancel_on_sigterm():
        if options.names or options.force:
            selected = select(sources, report, options.names, force=options.force)
        else:
            selected = select([source for source in sources if source.settings.is_file], report)
        if selected:
            await collect_named(setup, work, {source.settings.key for source in selected})
        if not (options.names or options.force):
            await collect_due(setup, work)
