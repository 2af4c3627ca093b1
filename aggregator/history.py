"""A source's history with one answer added to it: pure, so that what is due next follows from what has been."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from aggregator.articles import source_name
from aggregator.asked import Asked
from aggregator.collect import Batch
from aggregator.dates import parse_date
from aggregator.errors import AggregateError, FetchError
from aggregator.hints import Hints, hinted
from aggregator.rhythm import Rhythm, learn, learn_change
from aggregator.schedule import due
from aggregator.store import SourceState

GONE, TOO_MANY = 410, 429


def after(asked: Asked, batch: Batch, now: datetime, options: bytes) -> SourceState:
    """The history of a source that was asked `now` and gave this. `options`: a digest of its configuration.

    Where nothing could be reached at all, nothing is known of the source either: it is as it was, and still due.
    """
    before, error = asked.state, batch.error
    if isinstance(error, FetchError) and error.kind == "offline":
        return before
    state = msgspec.structs.replace(before, last_try=now, name=source_name(asked.settings, batch, before.name))
    if batch.channel and batch.channel.url:
        state = msgspec.structs.replace(state, home=batch.channel.url)
    state = _failed(state, error, batch.moved_to, now) if error else _answered(state, batch, now, options)
    return msgspec.structs.replace(state, next_due=due(state, asked.settings.every))


def _failed(state: SourceState, error: AggregateError, moved_to: str | None, now: datetime) -> SourceState:
    own = (state.moved_to or state.address, moved_to)  # what else is gone says nothing of the source
    wait = error.retry_after if isinstance(error, FetchError) else None
    status = error.status if isinstance(error, FetchError) else None
    return msgspec.structs.replace(
        state,
        failures=state.failures + 1,
        kind=kind_of(error),
        error=str(error),
        ill_since=min(state.ill_since or now, now),  # the clock may have been ahead
        retry_at=now + timedelta(seconds=wait) if wait else None,
        gone=isinstance(error, FetchError) and status == GONE and error.url in own,
    )


def _answered(state: SourceState, batch: Batch, now: datetime, options: bytes) -> SourceState:
    hints = hinted(batch.channel, batch.max_age)
    if batch.not_modified:
        hints = _still(state.hints, batch.max_age)
    return msgspec.structs.replace(
        state,
        moved_to=batch.moved_to or state.moved_to,
        options=options,
        etag=batch.validators.etag,
        last_modified=batch.validators.last_modified,
        last_success=now,
        last_full=state.last_full if batch.not_modified else now,
        retry_at=None,
        rhythm=_rhythm(state.rhythm, batch, now),
        subscriptions=state.subscriptions if batch.not_modified else _listed(batch),
        hints=hints,
        failures=0,
        kind=None,
        error=None,
        ill_since=None,
        said=None,
        gone=False,
    )


def kind_of(error: AggregateError) -> str:
    """What kind of failure it is, as `schedule.PAUSES` tells them apart; "parse" for what could not be read."""
    if not isinstance(error, FetchError):
        return "parse"
    if error.status is None or not 400 <= error.status < 600:
        return error.kind
    return "429" if error.status == TOO_MANY else f"{error.status // 100}xx"


def _still(hints: Hints, fresh: float | None) -> Hints:
    """The feed says what it said; the headers of a 304 count where they say something (RFC 9110 15.4.5)."""
    return hints if fresh is None else msgspec.structs.replace(hints, fresh=fresh)


def _listed(batch: Batch) -> str | None:
    return msgspec.json.encode(batch.subscriptions).decode() if batch.subscriptions else None


def _rhythm(rhythm: Rhythm, batch: Batch, now: datetime) -> Rhythm:
    """One date for all is that of the answer, and says nothing of its articles."""
    items = batch.items
    if not items:
        listed = [one.feed or one.name for one in batch.subscriptions]
        return learn_change(rhythm, _mark(listed), now) if listed else rhythm
    dates = {date for item in items if (date := parse_date(item.published) or parse_date(item.updated)) and date <= now}
    if len(dates) > 1 or len(dates) == len(items):
        return learn(rhythm, dates, now)
    return learn_change(rhythm, _mark([str(item.id or item.url or item.title) for item in items]), now)


def _mark(shown: Iterable[str]) -> bytes:
    """Changes with what is shown, and not with its order."""
    return hashlib.blake2b("\n".join(sorted({*shown})).encode(), digest_size=8).digest()
