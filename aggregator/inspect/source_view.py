"""Everything that is known about one source: settings, state, schedule with its reason, and outages."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from aggregator.config.settings import Config
from aggregator.errors import FailureKind
from aggregator.inspect.health import Health, SourceOutage, health_of, next_due_of, source_outages
from aggregator.scheduling.back_off import back_off
from aggregator.scheduling.due import MAX_INTERVAL, MIN_INTERVAL, held_until
from aggregator.scheduling.rhythm import Rhythm, until_next
from aggregator.scheduling.state import Source, short_names
from aggregator.store import Store
from aggregator.text.units import format_duration, format_rounded


class SourceView(Health, frozen=True, kw_only=True):
    """Everything about a source. `title`: of its feed; `site`: its home page; `language`: of its feed; `moved_to`: the
    address that it has redirected to permanently; `tags`: as configured; `every`: seconds, as configured; `weight`: as
    configured; `file`: where it is configured; `table`: its table there; `last_try`: the last attempt; `due`: when it
    is due and why, in words; `interval`: seconds between requests that its rhythm suggests, null if unknown; `outages`:
    past and present failures, the latest first."""

    title: str | None
    site: str | None
    language: str | None
    moved_to: str | None
    tags: tuple[str, ...]
    every: int | None
    weight: float
    file: str
    table: str
    last_try: datetime | None
    due: str
    interval: int | None
    outages: list[SourceOutage]


def source_views(config: Config, store: Store, now: datetime) -> list[SourceView]:
    """Return a view of each configured source, in the configuration's order."""
    sources, counts = store.sources(config), store.article_counts()
    outages: dict[str, list[SourceOutage]] = {}
    for outage in source_outages(config, store):
        outages.setdefault(outage.name, []).append(outage)
    return [
        _view(source, health_of(source, name, counts.get(source.state.key, 0), now), outages.get(source.name, []), now)
        for source, name in zip(sources, short_names(sources), strict=True)
    ]


def _view(source: Source, health: Health, outages: list[SourceOutage], now: datetime) -> SourceView:
    settings, state = source.settings, source.state
    learned = _learned_interval(source)
    return SourceView(
        **msgspec.structs.asdict(health),
        title=state.name if state.name != settings.name else None,
        site=state.home,
        language=state.language,
        moved_to=state.moved_to,
        tags=settings.tags,
        every=int(settings.every.total_seconds()) if settings.every else None,
        weight=settings.weight,
        file=str(settings.file),
        table=settings.where,
        last_try=state.last_try,
        due=due_reason(source, now),
        interval=int(learned.total_seconds()) if learned else None,
        outages=outages,
    )


def _learned_interval(source: Source) -> timedelta | None:
    """Return the interval that follows from when the source has published; None if it was never read."""
    state = source.state
    if state.last_try is None or state.rhythm == Rhythm():
        return None
    return max(until_next(state.rhythm, state.last_try, MAX_INTERVAL), MIN_INTERVAL)


def due_reason(source: Source, now: datetime) -> str:
    """Return in words what decides when a source is due."""
    settings, state = source.settings, source.state
    if not settings.enabled:
        return "paused"
    if state.gone:
        return "never again: its publisher has removed it (HTTP 410)"
    if settings.is_file:
        return "in each run, as it is a file"
    if held_until(state, now):
        return "its publisher asked to wait (Retry-After)"
    if next_due_of(source) is None:
        return "in the next run, since it was never read at this address"
    every = settings.every or timedelta()
    if state.failures and state.kind != FailureKind.PARTIAL and back_off(state.kind, state.failures) > every:
        return f"back-off after {state.failures} failure{'' if state.failures == 1 else 's'} in a row"
    return f"every {format_duration(every)}, as configured" if settings.every else _learned_reason(source)


def _learned_reason(source: Source) -> str:
    state = source.state
    learned, hint = _learned_interval(source) or MIN_INTERVAL, state.hints.wait()
    time = next_due_of(source)
    assert state.last_try
    if time and state.hints.allowed(state.last_try + max(learned, hint)) > state.last_try + max(learned, hint):
        return "its publisher excludes hours or days (skipHours, skipDays)"
    if hint > learned:
        return f"its publisher asks for {format_rounded(hint)} between requests (ttl, max-age)"
    return f"{format_rounded(learned)} after the last answer, learned from when it publishes"
