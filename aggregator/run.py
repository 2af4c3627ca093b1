"""A run: the configuration, plugins, store, sources and report that all its stages share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.http.permits import OpenPermits
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.scheduling.state import Source
from aggregator.store import Store

ReportProgress = Callable[[int, int], None]
"""Called with (sources done, sources in all)."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run. `names`: collect only these sources; the others: see `aggregate run --help`."""

    names: tuple[str, ...] = ()
    force: bool = False
    offline: bool = False
    dry_run: bool = False
    collect: bool = True

    @property
    def by_hand(self) -> bool:
        """Whether sources are collected that need not be due: their failures do not count for the back-off."""
        return self.force or bool(self.names)


class Run:
    """One run. `report`: another one takes its place where several processes do one run; `started`: seconds of the
    monotonic clock; `new_stories`: ids of the stories that this run created; `open_permits`: for requests to hosts that
    other processes send requests to as well, None where there are none."""

    def __init__(
        self, config: Config, registry: Registry, store: Store, options: RunOptions, progress: ReportProgress
    ) -> None:
        self.registry = registry
        self.store = store
        self.options = options
        self.progress = progress
        self.report = Report(started=datetime.now(UTC).replace(microsecond=0))
        self.started = time.monotonic()
        self.new_stories: set[str] = set()
        self.open_permits: OpenPermits | None = None
        self._configured = config
        self._sources: list[Source] | None = None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note in the report how long a stage takes."""
        began = time.monotonic()
        yield
        self.report.timings[stage] = time.monotonic() - began

    @property
    def now(self) -> datetime:
        """When the run started, UTC."""
        return self.report.started

    @property
    def sources(self) -> list[Source]:
        """The sources with their states, the feeds of subscription lists among them."""
        if self._sources is None:
            self.reload_sources()
        return self._sources or []

    @property
    def config(self) -> Config:
        """The configuration, with the feeds of subscription lists among its sources."""
        if self._sources is None:
            self.reload_sources()
        return self._config

    def reload_sources(self) -> None:
        """Read the states of the sources, and the feeds of subscription lists, from the store."""
        self._sources = self.store.sources(self._configured)
        settings = tuple(source.settings for source in self._sources)
        self._config = msgspec.structs.replace(self._configured, sources=settings)
