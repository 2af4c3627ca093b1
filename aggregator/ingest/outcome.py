"""A source's history with one answer added to it: pure, so that what is due next follows from what has been."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from aggregator.errors import AggregateError, FailureKind, FetchError
from aggregator.ingest.collect import Batch
from aggregator.ingest.convert import Given, mark_of, source_name
from aggregator.ingest.select import Asked
from aggregator.scheduling.back_off import failure_kind
from aggregator.scheduling.due import due
from aggregator.scheduling.publisher_hints import Hints, hinted
from aggregator.scheduling.rhythm import Rhythm, learn, learn_change
from aggregator.store import SourceState

GONE = 410


def after(asked: Asked, batch: Batch, now: datetime, options: bytes) -> SourceState:
    """The history of a source that was asked `now` and gave this. `options`: a digest of its configuration.

    Where nothing could be reached at all, nothing is known of the source either: it is as it was, and still due.
    """
    before, channel, error = asked.state, batch.given.channel, batch.error
    if isinstance(error, FetchError) and error.kind == FailureKind.OFFLINE:
        return before
    state = msgspec.structs.replace(before, last_try=now, name=source_name(asked.settings, channel, before.name))
    if channel and channel.url:
        state = msgspec.structs.replace(state, home=channel.url)
    state = _failed(state, error, batch, now) if error else _answered(state, batch, now, options)
    return msgspec.structs.replace(state, next_due=due(state, asked.settings.every))


def _failed(state: SourceState, error: AggregateError, batch: Batch, now: datetime) -> SourceState:
    own = (state.moved_to or state.address, batch.moved_to)  # what else is gone says nothing of the source
    wait = error.retry_after if isinstance(error, FetchError) else None
    status = error.status if isinstance(error, FetchError) else None
    kind = failure_kind(error)
    if kind == FailureKind.PARSE and batch.given.sighted:
        state = msgspec.structs.replace(state, last_full=now, rhythm=_rhythm(state.rhythm, batch.given, now))
        kind = FailureKind.PARTIAL
    return msgspec.structs.replace(
        state,
        failures=state.failures + 1,
        kind=kind,
        error=str(error),
        ill_since=min(state.ill_since or now, now),  # the clock may have been ahead
        retry_at=now + timedelta(seconds=wait) if wait else None,
        gone=isinstance(error, FetchError) and status == GONE and error.url in own,
    )


def _answered(state: SourceState, batch: Batch, now: datetime, options: bytes) -> SourceState:
    hints = hinted(batch.given.channel, batch.max_age)
    if batch.not_modified:
        hints = _still(state.hints, batch.max_age)
    return msgspec.structs.replace(
        state,
        moved_to=batch.moved_to or state.moved_to,
        options=options,
        etag=batch.validators.etag,
        last_modified=batch.validators.last_modified,
        memory=batch.memory,
        barren=_barren(state, batch),
        last_success=now,
        last_full=state.last_full if batch.not_modified else now,
        retry_at=None,
        rhythm=_rhythm(state.rhythm, batch.given, now),
        subscriptions=state.subscriptions if batch.not_modified else _listed(batch.given),
        hints=hints,
        failures=0,
        kind=None,
        error=None,
        ill_since=None,
        said=None,
        gone=False,
    )


def _barren(state: SourceState, batch: Batch) -> int:
    """How many full answers in a row have held nothing."""
    if batch.not_modified:
        return state.barren
    return 0 if batch.given.sighted or batch.given.subscriptions else state.barren + 1


def _still(hints: Hints, fresh: float | None) -> Hints:
    """The feed says what it said; the headers of a 304 count where they say something (RFC 9110 15.4.5)."""
    return hints if fresh is None else msgspec.structs.replace(hints, fresh=fresh)


def _listed(given: Given) -> str | None:
    return msgspec.json.encode(given.subscriptions).decode() if given.subscriptions else None


def _rhythm(rhythm: Rhythm, given: Given, now: datetime) -> Rhythm:
    if given.dates:
        return learn(rhythm, [datetime.fromtimestamp(seconds, UTC) for seconds in given.dates], now)
    mark = given.mark
    if mark is None and given.subscriptions:
        mark = mark_of(listed.feed or listed.name for listed in given.subscriptions)
    return learn_change(rhythm, mark, now) if mark else rhythm
