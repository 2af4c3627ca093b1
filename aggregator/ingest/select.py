"""Which of the configured sources a run asks, and what is known of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from aggregator.config.settings import Config, SourceSettings
from aggregator.report import Report
from aggregator.scheduling.due import held_until, is_due
from aggregator.store import SourceState, Store
from aggregator.subscriptions.import_ import source_number


class Asked(msgspec.Struct, frozen=True):
    """A source to be asked in this run. `named`: because somebody named it."""

    settings: SourceSettings
    state: SourceState
    named: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.state.called(self.settings)


def choose(  # noqa: PLR0913 - how a run was called
    config: Config,
    store: Store,
    report: Report,
    names: Sequence[str] = (),
    force: bool = False,
    known: Collection[str] = (),
) -> list[Asked]:
    """The sources that are due, or those named; but for those `known` by their keys, which were chosen from before.

    Counts all in the report. Raises ConfigError for an unknown name.
    """
    states = store.states(config.sources)
    every = [
        Asked(settings, state, named=bool(names))
        for settings, state in zip(config.sources, states, strict=True)
        if settings.key not in known
    ]
    wanted = _named(every, names)
    asked = [one for one in every if _is_asked(one, wanted, report.started, force)]
    report.sources.total += len(every)
    report.sources.skipped += len(every) - len(asked)
    if wanted is not None:
        _say_who_waits(every, wanted, report)
    if not names:
        report.well += sum(1 for one in every if _is_well(one)) - sum(1 for one in asked if _is_well(one))
    return asked


def _is_asked(one: Asked, wanted: set[str] | None, now: datetime, force: bool) -> bool:
    state = one.state
    if wanted is not None and one.settings.key not in wanted:
        return False
    if not one.settings.enabled or (state.gone and wanted is None):
        return False
    named = wanted is not None or (one.settings.url or "").startswith("file:")
    return is_due(state, now, every=one.settings.every, force=force or named)


def _say_who_waits(every: Sequence[Asked], wanted: set[str], report: Report) -> None:
    """Who names a source learns why it is not asked."""
    for one in every:
        if one.settings.enabled and one.settings.key in wanted and (until := held_until(one.state, report.started)):
            report.fail(
                one.name, f"not asked: it wants to be left alone until {until:%Y-%m-%d %H:%M} UTC (Retry-After)"
            )


def _is_well(one: Asked) -> bool:
    return one.settings.enabled and one.state.last_success is not None and not one.state.failures


def _named(every: Sequence[Asked], names: Sequence[str]) -> set[str] | None:
    if not names:
        return None
    settings, called = [one.settings for one in every], [one.name for one in every]
    return {settings[source_number(name, settings, called)].key for name in names}
