"""A run on a store that several workers share: collects what is due, waits for the others, and publishes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from aggregator.config.settings import Config
from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import StoreError
from aggregator.ingest.select import count_sources, select
from aggregator.jobs.collecting import parts_of
from aggregator.jobs.connection import ConnectionLostError
from aggregator.jobs.logs import events_in
from aggregator.jobs.once import collect_due, collect_named
from aggregator.jobs.publishing import permits_of
from aggregator.jobs.tasks import WorkOptions
from aggregator.pipeline import alert, end_run, group_and_publish
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.run import ReportProgress, Run, RunOptions
from aggregator.runtime.signals import cancel_on_sigterm
from aggregator.scheduling.state import Source
from aggregator.store import Store

PATIENCE = 600.0
"""Seconds to wait while another process publishes, before what was collected is left to it."""


def run_shared(config: Config, registry: Registry, options: RunOptions, progress: ReportProgress) -> Report:
    """Do one run. The failures of sources and outputs are in the report.

    Sources that are named, or collected by force, are collected by this process; those that are due by all workers.
    Raises LockedError, StoreError, ConfigError.
    """
    started, collects = time.monotonic(), options.collect and not options.offline
    report = Report(started=datetime.now(UTC).replace(microsecond=0))
    if collects:
        with events_in(report):
            try:
                asyncio.run(_collect(config, registry, options, report))
            except ConnectionLostError as error:
                raise StoreError(f"{config.store}: {error}; stored data is not lost") from error
    # The job of a worker does not wait: whoever publishes now is followed by the job of the next minute.
    with Store.open_locked(config.store, patience=PATIENCE if collects or options.offline else 0) as store:
        run = Run(config, registry, store, options, progress)
        run.report, run.started = report, started
        assert isinstance(config.store, DatabaseAddress)
        run.open_permits = permits_of(store, config.store.url)
        if collects:
            _complete(report, run.sources, named=bool(options.names))
        if not options.offline:
            alert(run)
        group_and_publish(run)
    return end_run(run)


def _complete(report: Report, sources: Sequence[Source], *, named: bool) -> None:
    """Complete the counts of a report, and put its failures into the order of the configuration."""
    count_sources(sources, report, named=named)
    positions = {source.settings.key: position for position, source in enumerate(sources)}
    report.errors.sort(key=lambda failure: -1 if failure.key is None else positions.get(failure.key, -1))


async def _collect(config: Config, registry: Registry, options: RunOptions, report: Report) -> None:
    parts, work = parts_of(config, registry, report, options), WorkOptions()
    everything = options.force and not options.names
    with Store.open(config.store) as store:
        sources = store.sources(config)
    with cancel_on_sigterm():
        if options.names or options.force:
            selected = select(sources, report, options.names, force=options.force)
        else:
            selected = select([source for source in sources if source.settings.is_file], report)
        if selected:
            _report_busy(selected, await collect_named(parts, work, {one.settings.key for one in selected}), report)
        if not options.names:  # after all of them, too: lists may have added feeds
            left = await collect_due(parts, work)
            if left and not everything:
                report.fail("workers", f"{left} sources that are due were not collected; see `aggregate status`")


def _report_busy(selected: Sequence[Source], left: Collection[str], report: Report) -> None:
    for source in selected:
        if source.settings.key in left:
            report.fail(source.name, "not collected: another worker sends requests to its publisher; try again")
