"""Collects and publishes for a worker, with the stages of a run: each job is a run over a few sources."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from aggregator.config.learned_lists import table_of
from aggregator.config.settings import Config
from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import ConfigError, LockedError
from aggregator.http.permits import HostPermits
from aggregator.ingest.session import IngestSession, open_session
from aggregator.jobs.logs import event
from aggregator.jobs.pauses import StoredPauses
from aggregator.jobs.roster import Roster, Table
from aggregator.jobs.schedule import Claim, visit_all
from aggregator.jobs.tasks import DueSource, OpenStore, WorkerSetup
from aggregator.pipeline import ingest
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.run import Run, RunOptions
from aggregator.scheduling.state import SourceState
from aggregator.store import Store
from aggregator.store.connection import Connection


class WorkerStore(Store):
    """The store of a worker."""

    def lists(self) -> dict[str, list[Table]]:
        """Return the `[[sources]]` tables of the feeds of subscription lists, by the key of the list."""
        return {key: [table_of(one) for one in feeds if one.feed] for key, feeds in self.subscriptions().items()}


class Claims:
    """The claims of the sources that are collected now: records their visits, as `Store.visits` does."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}

    @contextmanager
    def hold(self, claims: Sequence[Claim]) -> Iterator[None]:
        """Within the context, these sources are collected."""
        self._claims |= {claim.source: claim for claim in claims}
        try:
            yield
        finally:
            for claim in claims:
                del self._claims[claim.source]

    def __call__(self, connection: Connection, states: Sequence[SourceState]) -> Collection[int]:
        return visit_all(connection, [(self._claims[state.key], state) for state in states])


class WorkerSession(StoredPauses):
    """See `aggregator.jobs.worker.Session`. `report`: of the run that all jobs belong to; None: each has its own, and
    what failed is logged. `new_run`: returns the run of a job."""

    def __init__(
        self, config: Config, store: Store, session: IngestSession, new_run: Callable[[], Run], report: Report | None
    ) -> None:
        super().__init__(store, session.rules)
        self._config = config
        self._session = session
        self._new_run = new_run
        self._report = report
        self._claims = Claims()
        store.visits = self._claims

    async def collect(self, sources: Sequence[DueSource], now: datetime) -> Mapping[str, int]:
        """Collect from these sources, and return the counts of the report."""
        run = self._new_run()
        run.report = report = self._report or Report(started=now)
        with self._claims.hold([one.claim for one in sources]):
            await ingest(run, self._session, [one.source for one in sources])
        if self._report is None:
            for failure in report.errors:
                event("failure", logging.WARNING, source=failure.source, error=failure.error)
        counts = {name: getattr(report.sources, name) for name in ("fetched", "unchanged", "skipped", "failed")}
        return counts | {"new": report.articles.new, "updated": report.articles.updated}

    async def publish(self) -> Mapping[str, Any]:
        """Group and publish in a process of its own: neither does it delay requests, nor keep the memory it takes."""
        command = [sys.executable, "-m", "aggregator", "-c", str(self._config.path), "run", "--no-collect", "--json"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        try:
            output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if process.returncode == LockedError.exit_status:
            return {"published": "by another process"}
        for line in errors.decode(errors="replace").splitlines():
            event("failure", logging.WARNING, error=line.removeprefix("aggregate: "))
        report = msgspec.json.decode(output or b"{}")
        stories, outputs = report.get("stories", {}), report.get("outputs", ())
        return {
            "status": process.returncode,
            "new": stories.get("new"),
            "grown": stories.get("updated"),
            "files": sum(one["written"] for one in outputs),
        }


def setup_of(
    config: Config,
    registry: Registry,
    report: Report | None = None,
    options: RunOptions = RunOptions(),  # noqa: B008 - immutable
) -> WorkerSetup:
    """Return what a worker for this configuration is made of. `report`, `options`: of the run that all its jobs belong
    to."""
    address = config.store
    if not isinstance(address, DatabaseAddress):
        raise ConfigError(
            [f"{config.path}: store = {str(address)!r}: workers need a store in PostgreSQL; see docs/scale.md"]
        )

    @asynccontextmanager
    async def open_worker_session(store: OpenStore, permits: HostPermits) -> AsyncIterator[WorkerSession]:
        assert isinstance(store, WorkerStore)
        fail = report.fail if report else _log_failure
        async with open_session(config, registry, (), fail, permits) as session:
            new_run = partial(Run, config, registry, store, options, _no_progress)
            yield WorkerSession(config, store, session, new_run, report)

    return WorkerSetup(
        url=address.url,
        roster=Roster(config),
        open_store=partial(WorkerStore.open, address),
        open_session=open_worker_session,
    )


def _log_failure(source: str, error: str) -> None:
    event("failure", logging.WARNING, source=source, error=error)


def _no_progress(done: int, total: int) -> None:
    """The progress of a job is not shown."""
