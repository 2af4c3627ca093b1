"""Select the sources that a run collects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from aggregator.config.lookup import find_source
from aggregator.report import Report
from aggregator.scheduling.due import held_until, is_due
from aggregator.scheduling.state import Source
from aggregator.text.local_times import local_time


def select(
    sources: Sequence[Source], report: Report, names: Sequence[str] = (), *, force: bool = False
) -> list[Source]:
    """Return the sources that are due, or those with these names. Adds the counts of all to the report.

    `force`: ignore the schedule, but not a publisher's Retry-After. Raises ConfigError for an unknown name.
    """
    named = {find_source(name, sources).settings.key for name in names} if names else None
    selected = [source for source in sources if _is_selected(source, named, report.started, force)]
    report.sources.total += len(sources)
    report.sources.skipped += len(sources) - len(selected)
    if named is not None:
        _report_held(sources, named, report)
    else:
        report.healthy += sum(map(_is_healthy, sources)) - sum(map(_is_healthy, selected))
    return selected


def count_sources(sources: Sequence[Source], report: Report, before: Iterable[str], *, named: bool) -> None:
    """Add the counts of all sources to a report that has the outcomes of those that this process has collected.

    `sources`: with their states after this run; `before`: the keys of those at its start, some of which a list may have
    dropped meanwhile; `named`: only those with certain names were collected.
    """
    counts = report.sources
    counts.total = len({source.settings.key for source in sources}.union(before))
    counts.skipped = counts.total - counts.fetched - counts.unchanged - counts.failed
    if not named:
        report.healthy += sum(map(_is_healthy, sources))


def _is_selected(source: Source, named: set[str] | None, now: datetime, force: bool) -> bool:
    settings = source.settings
    if named is not None and settings.key not in named:
        return False
    if not settings.enabled or (source.state.gone and named is None):
        return False
    always = force or named is not None or settings.is_file
    return is_due(source.state, now, every=settings.every, force=always)


def _report_held(sources: Sequence[Source], named: set[str], report: Report) -> None:
    """Report why a named source is not collected."""
    for source in sources:
        if not (source.settings.enabled and source.settings.key in named):
            continue
        if until := held_until(source.state, report.started):
            report.fail(source.name, f"not collected: the publisher's Retry-After lasts until {local_time(until)}")


def _is_healthy(source: Source) -> bool:
    state = source.state
    return source.settings.enabled and state.last_success is not None and not state.is_failing
