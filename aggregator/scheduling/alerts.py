"""Select the failing sources that a run reports: not single failures, and not the same failure in every run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from aggregator.report import Failure, Report
from aggregator.scheduling.state import Source, SourceState
from aggregator.text.local_times import local_time

REMINDER_INTERVAL = timedelta(days=1)


def select_alerts(sources: Iterable[Source], report: Report, patience: timedelta, *, verbose: bool) -> list[int]:
    """Mute the failures in the report that are not worth a line yet, and add reminders of those that last.

    `sources`: with their states after this run; `verbose`: mute nothing. Returns the keys (`SourceState.key`) of the
    sources that are reported because their failure lasts, so that the store keeps when that was.
    """
    reported = []
    failures = {failure.key: failure for failure in report.errors if failure.key is not None}
    for source in sources:
        state = source.state
        if not (state.is_failing and source.settings.enabled):
            continue
        failure = failures.get(source.settings.key)
        if must_report(state, report.started, patience):
            reported.append(state.key)
            if failure is None:
                failure = Failure(source.name, state.error or "", source.settings.key)
                report.reminders.append(failure)
            failure.duration = _duration(state)
        elif failure and not verbose and not _is_first(state):
            failure.muted = True
    return reported


def must_report(state: SourceState, now: datetime, patience: timedelta) -> bool:
    """Whether to report a failing source: once when it is gone for good (410); otherwise when it has been failing for
    longer than `patience`, and once a day from then on."""
    reported = state.reported_at if state.reported_at is not None and state.reported_at <= now else None
    if state.gone:
        return reported is None or state.last_try is None or reported < state.last_try
    first = (state.failing_since or now) + patience
    return now >= first and (reported is None or reported < first or reported <= now - REMINDER_INTERVAL)


def _is_first(state: SourceState) -> bool:
    """Whether a new source failed: a mistyped URL is reported at once."""
    first = state.failures == 1 or state.failing_since == state.last_try
    return state.last_success is None and first


def _duration(state: SourceState) -> str:
    if state.failing_since is None or state.failures < 2:
        return ""
    return f" (since {local_time(state.failing_since)}, {state.failures} times in a row)"
