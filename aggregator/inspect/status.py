"""The status of an installation: what is due, what waits, what fails, and when the outputs were made."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.config.settings import Config, OutputSettings
from aggregator.inspect.health import unusual_sources
from aggregator.scheduling.due import OVERDUE, due_time, is_due
from aggregator.store import Figures, Store


class SourceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of sources. `total`: those that are collected, paused ones are not; `due`: now; `overdue`: for more than
    five minutes; `oldest_due`: seconds for which the first of them has been due; `failing`: in their last attempt;
    `gone`: never collected again (HTTP 410); `errors`: of failing and gone sources, by kind; `silent`: nothing new came
    for far longer than usual, although requests succeed; `empty`: requests succeed, but without any article."""

    total: int
    due: int
    overdue: int
    oldest_due: int
    failing: int
    gone: int
    errors: dict[str, int]
    silent: int = 0
    empty: int = 0


class GroupingFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The grouping. `waiting`: number of articles that are not grouped yet; `lag`: seconds since the first of them was
    collected."""

    waiting: int
    lag: int


class OutputStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An output. `path`: its path, or its name; `made`: when it last changed, None if it was never made; `current`:
    whether no article or story has changed since."""

    path: str
    made: datetime | None
    current: bool


class WorkerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A worker. `name`: host and process; `shards`: how many parts of all domains it collects from now; `connected`,
    `silent`: seconds since it connected to the database, and since its last heartbeat."""

    name: str
    shards: int
    connected: int
    silent: int


class JobFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs of workers: numbers by task. `stalled`: running jobs whose worker has stopped."""

    workers: list[WorkerFigures]
    waiting: dict[str, int]
    running: dict[str, int]
    stalled: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The status of an installation at a time. `size`: bytes of the store; `jobs`: None without workers."""

    time: datetime
    store: str
    size: int
    sources: SourceFigures
    grouping: GroupingFigures
    outputs: list[OutputStatus]
    jobs: JobFigures | None = None


def status(config: Config, store: Store, now: datetime) -> Status:
    """Return the status of an installation whose store one machine uses."""
    figures = store.figures()
    sources = [source for source in store.sources(config) if source.settings.enabled and not source.state.gone]
    due = [source for source in sources if is_due(source.state, now, every=source.settings.every)]
    ages = [
        int((now - due_time(source.state, source.settings.every)).total_seconds())
        for source in due
        if source.state.last_try is not None
    ]
    counts = SourceFigures(
        total=len(sources),
        due=len(due),
        overdue=sum(age > OVERDUE for age in ages),
        oldest_due=max([0, *ages]),
        failing=figures.failing,
        gone=figures.gone,
        errors=figures.errors,
        **unusual_sources(sources, store, now),
    )
    return make_status(config, store, figures, counts, now)


def make_status(config: Config, store: Store, figures: Figures, sources: SourceFigures, now: datetime) -> Status:
    """Return the status with these counts of sources."""
    oldest = figures.oldest_ungrouped
    return Status(
        time=now,
        store=str(store.location),
        size=figures.size,
        sources=sources,
        grouping=GroupingFigures(
            waiting=figures.ungrouped, lag=max(0, int((now - oldest).total_seconds())) if oldest else 0
        ),
        outputs=[_output(output, figures) for output in config.outputs],
    )


def _output(output: OutputSettings, figures: Figures) -> OutputStatus:
    made, current = figures.outputs.get(output.key, (None, False))
    path = output.relative_path or output.path or output.label or output.plugin
    return OutputStatus(path=str(path), made=made, current=current)
