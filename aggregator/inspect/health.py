"""Source status: the state of each source, its outages, and whether it is silent or empty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from aggregator.config.settings import Config
from aggregator.scheduling.due import DAY, HOUR, scheduled_time
from aggregator.scheduling.rhythm import Rhythm, is_silent, per_week
from aggregator.scheduling.state import Source, SourceState, short_names
from aggregator.store import Store
from aggregator.text.local_times import local_day, local_minute
from aggregator.text.units import format_duration


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a source. `failures`: number in a row; `articles`: number of stored articles.

    `failing_since`: time of the first of the failures; `articles_per_week`: by the dates of its articles; `newest`: the
    latest of these; `silent`: requests succeed, but without new articles for far longer than usual, or without any;
    `note`: the reason in words; `short_name`: as lists show it, `name` without what feeds write around their name.
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
    short_name: str

    @property
    def shown_state(self) -> str:
        """The state in one word: also "silent" or "empty", which a source is while no request fails."""
        return self.note.partition(":")[0] if self.state == "ok" and self.note else self.state

    @property
    def problem(self) -> str | None:
        """The error or the note in words; None if all is well."""
        if not self.error:
            return self.note and self.note.partition(": ")[2]
        if self.failures < 2 or not self.failing_since:
            return self.error
        return f"{self.error} ({self.failures} in a row since {local_minute(self.failing_since)})"


class SourceOutage(msgspec.Struct, frozen=True, kw_only=True):
    """A period in which a source failed. `ended`: None while it lasts; `kind`, `error`: of the last attempt;
    `short_name`: see `Health`."""

    name: str
    began: datetime
    ended: datetime | None
    attempts: int
    kind: str | None
    error: str | None
    short_name: str


def health(config: Config, store: Store, now: datetime) -> list[Health]:
    """Return the status of the configured sources, in the configuration's order."""
    counts, sources = store.article_counts(), store.sources(config)
    return [
        health_of(source, name, counts.get(source.state.key, 0), now)
        for source, name in zip(sources, short_names(sources), strict=True)
    ]


def unusual_sources(sources: Sequence[Source], store: Store, now: datetime) -> dict[str, int]:
    """Return how many sources without failures are silent, and how many are empty."""
    usual = [source.state for source in sources if not source.state.failures and source.state.last_full is not None]
    counts = store.article_counts() if any(state.rhythm == Rhythm() for state in usual) else {}
    notes = [_note(state, counts.get(state.key, 0), now) or "" for state in usual]
    return {word: sum(note.startswith(word) for note in notes) for word in ("silent", "empty")}


def source_outages(config: Config, store: Store) -> list[SourceOutage]:
    """Return the outages of the configured sources, latest first."""
    sources = store.sources(config)
    names = {s.state.key: (s.name, short) for s, short in zip(sources, short_names(sources), strict=True)}
    return [
        SourceOutage(
            name=names[outage.source][0],
            short_name=names[outage.source][1],
            began=outage.began,
            ended=outage.ended,
            attempts=outage.attempts,
            kind=outage.kind,
            error=outage.error,
        )
        for outage in store.outages()
        if outage.source in names
    ]


def health_of(source: Source, short_name: str, articles: int, now: datetime) -> Health:
    """Return the status of a source. `articles`: how many are stored."""
    settings, state = source.settings, source.state
    rhythm = state.rhythm
    note = _note(state, articles, now)
    return Health(
        name=source.name,
        url=settings.url,
        plugin=settings.plugin,
        state=_state(source),
        last_success=state.last_success,
        next_due=next_due_of(source),
        failures=max(state.failures, int(state.is_failing)),  # the first one may have been by hand
        error=state.error,
        articles=articles,
        failing_since=state.failing_since,
        articles_per_week=per_week(rhythm, now),
        newest=datetime.fromtimestamp(rhythm.newest, UTC) if rhythm.newest is not None else None,
        silent=note is not None,
        note=note,
        short_name=short_name,
    )


def next_due_of(source: Source) -> datetime | None:
    """Return when a source is due; None if it never is, was never collected, or is a file, which each run reads."""
    settings, state = source.settings, source.state
    if not settings.enabled or state.gone or settings.is_file:
        return None
    return scheduled_time(state, settings.every)


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
