"""Source status: the state of each source, its outages, and whether it is silent or empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from aggregator.config.settings import Config
from aggregator.scheduling.due import DAY, HOUR, scheduled_time
from aggregator.scheduling.rhythm import Rhythm, is_silent, per_week
from aggregator.scheduling.state import Source, SourceState
from aggregator.store import Store
from aggregator.text.local_times import local_day
from aggregator.text.units import format_duration


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a source. `failures`: number in a row; `articles`: number of stored articles.

    `failing_since`: time of the first of the failures; `articles_per_week`: by the dates of its articles; `newest`: the
    latest of these; `silent`: requests succeed, but without new articles for far longer than usual, or without any;
    `note`: the reason in words.
    """

    name: str
    url: str | None
    plugin: str
    state: str
    last_success: datetime | None
    next_due: datetime | None
    failures: int
    error: str | None
    articles: int
    failing_since: datetime | None
    articles_per_week: float
    newest: datetime | None
    silent: bool
    note: str | None


class SourceOutage(msgspec.Struct, frozen=True, kw_only=True):
    """A period in which a source failed. `ended`: None while it lasts; `kind`, `error`: of the last attempt."""

    name: str
    began: datetime
    ended: datetime | None
    attempts: int
    kind: str | None
    error: str | None


def health(config: Config, store: Store, now: datetime) -> list[Health]:
    """Return the status of the configured sources, in the configuration's order."""
    counts = store.article_counts()
    return [_health(source, counts.get(source.state.key, 0), now) for source in store.sources(config)]


def source_outages(config: Config, store: Store) -> list[SourceOutage]:
    """Return the outages of the configured sources, latest first."""
    names = {source.state.key: source.name for source in store.sources(config)}
    return [
        SourceOutage(
            name=names[outage.source],
            began=outage.began,
            ended=outage.ended,
            attempts=outage.attempts,
            kind=outage.kind,
            error=outage.error,
        )
        for outage in store.outages()
        if outage.source in names
    ]


def _health(source: Source, articles: int, now: datetime) -> Health:
    settings, state = source.settings, source.state
    rhythm = state.rhythm
    note = _note(state, articles, now)
    return Health(
        name=source.name,
        url=settings.url,
        plugin=settings.plugin,
        state=_state(source),
        last_success=state.last_success,
        next_due=_next_due(source),
        failures=max(state.failures, int(state.is_failing)),  # the first one may have been by hand
        error=state.error,
        articles=articles,
        failing_since=state.failing_since,
        articles_per_week=per_week(rhythm, now),
        newest=datetime.fromtimestamp(rhythm.newest, UTC) if rhythm.newest is not None else None,
        silent=note is not None,
        note=note,
    )


def _next_due(source: Source) -> datetime | None:
    """Return when a source is due; None if it is paused or gone, or a file, which each run reads."""
    settings, state = source.settings, source.state
    is_scheduled = settings.enabled and not state.gone and not settings.is_file
    return scheduled_time(state, settings.every) if is_scheduled else None


def _state(source: Source) -> str:
    state = source.state
    if not source.settings.enabled:
        return "paused"
    if state.gone:
        return "gone"
    return "failing" if state.is_failing else "ok"


def _note(state: SourceState, articles: int, now: datetime) -> str | None:
    """Return the reason why a source without failures is unusual: it is empty or silent."""
    if state.is_failing or state.last_full is None:
        return None
    if not articles and state.rhythm == Rhythm():
        return "empty: requests succeed, but no answer has ever held an article"
    if state.is_empty:
        return (
            f"empty: the last {state.empty_answers} answers held no article; the markup of a web page may have changed"
        )
    if not is_silent(state.rhythm, now):
        return None
    gap, newest = timedelta(seconds=state.rhythm.gap or 0), datetime.fromtimestamp(state.rhythm.newest or 0, UTC)
    usual = format_duration(DAY * round(gap / DAY) if gap >= DAY else HOUR * max(round(gap / HOUR), 1))
    return f"silent: nothing new since {local_day(newest)}, although the usual interval is {usual}"
