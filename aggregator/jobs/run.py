"""A run on a store that several workers share: collects what is due, waits for the others, and publishes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import LockedError
from aggregator.ingest.select import count_sources, select
from aggregator.jobs.collecting import setup_of
from aggregator.jobs.connection import store_errors
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
from aggregator.store import Store, StoreLocation

PATIENCE = 120.0
"""Seconds to wait while another process publishes, before what was collected is left to it."""


def run_shared(config: Config, registry: Registry, options: RunOptions, progress: ReportProgress) -> Report:
    """Do one run. The failures of sources and outputs are in the report.

    Sources that are named, or collected by force, are collected by this process; those that are due by all workers.
    Raises LockedError, StoreError, ConfigError.
    """
    started, before = time.monotonic(), None
    report = Report(started=datetime.now(UTC).replace(microsecond=0))
    if options.collect and not options.offline:
        with events_in(report), store_errors(config.store):
            before = asyncio.run(_collect(config, registry, options, report))
    with _locked(config.store, options) as store:
        run = Run(config, registry, store, options, progress)
        run.report, run.started = report, started
        assert isinstance(config.store, DatabaseAddress)
        run.open_permits = permits_of(store, config.store.url)
        if before is not None:
            count_sources(run.sources, report, before, named=bool(options.names))
            _sort(report, run.sources)
        if not options.offline:
            alert(run)
        group_and_publish(run)
    return end_run(run)


@contextmanager
def _locked(location: StoreLocation, options: RunOptions) -> Iterator[Store]:
    """Open the store and hold its lock. The job of a worker does not wait for it: whoever publishes now is followed by
    the job of the next minute."""
    with ExitStack() as stack:
        try:
            patience = PATIENCE if options.collect or options.offline else 0
            store = stack.enter_context(Store.open_locked(location, patience))
        except LockedError as error:
            if not options.collect or options.offline:
                raise
            stored = "what was collected is stored, and published by the next run"
            raise LockedError(str(error).replace("nothing was changed", stored)) from error
        yield store


def _sort(report: Report, sources: Sequence[Source]) -> None:
    """Put the failures into the order of the configuration; that there is no network, which each job noticed by itself,
    is reported once."""
    positions = {source.settings.key: position for position, source in enumerate(sources)}
    report.errors.sort(key=lambda failure: -1 if failure.key is None else positions.get(failure.key, -1))
    network = [failure for failure in report.errors if failure.key is None and failure.source == "network"]
    report.errors = [failure for failure in report.errors if failure not in network[1:]]


async def _collect(config: Config, registry: Registry, options: RunOptions, report: Report) -> set[str]:
    """Collect, and return the keys of the sources before."""
    setup, work = setup_of(config, registry, report, options), WorkOptions()
    everything = options.force and not options.names
    with Store.open(config.store) as store:
        sources = store.sources(config)
    with cancel_on_sigterm():
        if options.names or options.force:
            selected = select(sources, report, options.names, force=options.force)
        else:
            selected = select([source for source in sources if source.settings.is_file], report)
        if selected:
            _report_busy(selected, await collect_named(setup, work, {one.settings.key for one in selected}), report)
        if not options.names:  # after all of them, too: lists may have added feeds
            by_schedule = msgspec.structs.replace(options, force=False)
            left = await collect_due(setup_of(config, registry, report, by_schedule), work)
            if left and not everything:
                report.fail("workers", f"due, and collected by nobody: {left}; see `aggregate status`")
    return {source.settings.key for source in sources}


def _report_busy(selected: Sequence[Source], left: Collection[str], report: Report) -> None:
    for source in selected:
        if source.settings.key in left:
            report.fail(source.name, "not collected: another worker sends requests to its publisher; try again")
