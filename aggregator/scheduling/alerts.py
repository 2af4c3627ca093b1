"""Of which ill sources a run speaks: not for a blip, and not again in each run."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.config.settings import Config
from aggregator.report import Failure, Report
from aggregator.store import SourceState, Store

AGAIN = timedelta(days=1)


def speak_of_the_ill(config: Config, store: Store, report: Report, *, aloud: bool) -> None:
    """Put into the report which failures are to be heard of, and keep that, and the episodes of illness, in the store.

    `aloud`: each of this run is. Sources whose illness has lasted for long are spoken of whether they were due or not.
    """
    now = report.started
    settings = {one.key: one for one in config.sources if one.enabled}
    said = []
    for state in store.ill():
        if state.address not in settings:
            continue
        failure = Failure(state.called(settings[state.address]), state.error or "")
        if is_to_be_said(state, now, config.patience):
            report.reminders[failure] = _how_long(state)
            said.append(state.key)
        elif not aloud and not _is_first(state):
            report.hushed.add(failure)
    store.keep_health(said, now, before=now - config.keep)


def is_to_be_said(state: SourceState, now: datetime, patience: timedelta) -> bool:
    """Whether to speak of a failing source: once when it is gone for good; else once `patience` is over, and from then
    on once a day."""
    said = state.said if state.said is not None and state.said <= now else None
    if state.gone:
        return said is None or state.last_try is None or said < state.last_try
    over = (state.ill_since or now) + patience
    return now >= over and (said is None or said < over or said <= now - AGAIN)


def _is_first(state: SourceState) -> bool:
    """Nobody waits for days to learn of a mistyped address."""
    return state.last_success is None and state.failures == 1


def _how_long(state: SourceState) -> str:
    if state.ill_since is None or state.failures < 2:
        return ""
    return f" (since {state.ill_since:%Y-%m-%d %H:%M} UTC, {state.failures} times in a row)"
