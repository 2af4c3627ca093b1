"""How each source is, from its history in the store."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.settings import Config, SourceSettings
from aggregator.store import SourceState, Store


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A source as `aggregate sources` shows it. `failures`: in a row; `articles`: how many of its articles are kept."""

    name: str
    url: str | None
    plugin: str
    state: str
    last_success: datetime | None
    next_due: datetime | None
    failures: int
    error: str | None
    articles: int


def health(config: Config, store: Store) -> list[Health]:
    """The configured sources, in the configuration's order."""
    states = store.states(config.sources)
    counts = store.article_counts()
    return [_health(one, state, counts.get(state.key, 0)) for one, state in zip(config.sources, states, strict=True)]


def _health(settings: SourceSettings, state: SourceState, articles: int) -> Health:
    return Health(
        name=settings.name or state.name or settings.key,
        url=settings.url,
        plugin=settings.plugin,
        state=_state(settings, state),
        last_success=state.last_success,
        next_due=state.next_due if settings.enabled and not state.gone else None,
        failures=state.failures,
        error=state.error,
        articles=articles,
    )


def _state(settings: SourceSettings, state: SourceState) -> str:
    if not settings.enabled:
        return "paused"
    if state.gone:
        return "gone"
    return "failing" if state.failures else "ok"
