"""How each source is, and has been, from its history in the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from aggregator.config.settings import Config
from aggregator.scheduling.due import DAY, HOUR, planned
from aggregator.scheduling.rhythm import Rhythm, is_silent, per_week
from aggregator.scheduling.state import Source, SourceState
from aggregator.store import Store
from aggregator.text.units import format_duration


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A source as `aggregate sources` shows it. `failures`: in a row; `articles`: how many of its articles are kept.

    `failing_since`: when the first of the failures was; `articles_per_week`: by the dates of its articles; `newest`:
    the latest of these; `silent`: it answers, and nothing new has come for far longer than usual, or nothing ever;
    `note`: the same in words.
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


class Illness(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a source was ill. `ended`: None as long as it is; `kind`, `error`: of the last attempt."""

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


def illnesses(config: Config, store: Store) -> list[Illness]:
    """When the configured sources were ill, the latest first."""
    names = {source.state.key: source.name for source in store.sources(config)}
    return [
        Illness(
            name=names[one.source],
            began=one.began,
            ended=one.ended,
            attempts=one.attempts,
            kind=one.kind,
            error=one.error,
        )
        for one in store.outages()
        if one.source in names
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
        next_due=planned(state, settings.every) if settings.enabled and not state.gone else None,
        failures=state.failures,
        error=state.error,
        articles=articles,
        failing_since=state.failing_since,
        articles_per_week=per_week(rhythm, now),
        newest=datetime.fromtimestamp(rhythm.newest, UTC) if rhythm.newest is not None else None,
        silent=note is not None,
        note=note,
    )


def _state(source: Source) -> str:
    state = source.state
    if not source.settings.enabled:
        return "paused"
    if state.gone:
        return "gone"
    return "failing" if state.failures else "ok"


def _note(state: SourceState, articles: int, now: datetime) -> str | None:
    """What is odd about a source that answers."""
    if state.failures or state.last_full is None:
        return None
    if not articles and state.rhythm == Rhythm():
        return "empty: it answers, and has never held an article"
    if state.is_empty:
        return f"empty: the last {state.empty_answers} answers held no article; if it is a web page, has it changed?"
    if not is_silent(state.rhythm, now):
        return None
    gap, newest = timedelta(seconds=state.rhythm.gap or 0), state.rhythm.newest or 0
    usual = format_duration(DAY * round(gap / DAY) if gap >= DAY else HOUR * max(round(gap / HOUR), 1))
    return f"silent: nothing new since {datetime.fromtimestamp(newest, UTC):%Y-%m-%d}, where {usual} was usual"
