"""A run: the configuration, plugins, store, sources and report that all its stages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from aggregator.config.settings import Config
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.store import Store

ReportProgress = Callable[[int, int], None]
"""Called with (sources done, sources in all)."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run. `names`: collect only these sources; the others: see `aggregate run --help`."""

    names: tuple[str, ...] = ()
    force: bool = False
    offline: bool = False
    dry_run: bool = False


class Run:
    """One run. `config`: with the feeds of subscription lists among its sources; `sources`: the same, each with its
    state; `now`: when the run started, UTC; `new_stories`: ids of the stories that this run created."""

    def __init__(
        self, config: Config, registry: Registry, store: Store, options: RunOptions, progress: ReportProgress
    ) -> None:
        self.config = config
        self.registry = registry
        self.store = store
        self.options = options
        self.progress = progress
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.report = Report(started=self.now)
        self.new_stories: set[str] = set()
        self._configured = config
        self.reload_sources()

    def reload_sources(self) -> None:
        """Read the states of the sources, and the feeds of subscription lists, from the store."""
        self.sources = self.store.sources(self._configured)
        self.config = msgspec.structs.replace(
            self._configured, sources=tuple(source.settings for source in self.sources)
        )
