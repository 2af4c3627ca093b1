"""When a source is due, by its state, `every` and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_publisher_hints import DAYS
from test_rhythm import learn

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.scheduling.back_off import BACK_OFFS
from aggregator.scheduling.due import (
    MAX_INTERVAL,
    MIN_INTERVAL,
    back_off_of,
    due_time,
    is_due,
    max_delay,
    next_due,
    scheduled_time,
)
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm
from aggregator.scheduling.state import SourceState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR = 365 * DAY


def state(**values: Any) -> SourceState:
    known: dict[str, Any] = {"key": 1, "address": "https://one.example/feed", "last_try": NOW}
    return SourceState(**(known | values))


def stored(**values: Any) -> SourceState:
    """Return a state with the due time that the store would hold."""
    every = values.pop("every", None)
    return state(**values, next_due=next_due(state(**values), every))


def with_due(source: SourceState, time: datetime) -> SourceState:
    return msgspec.structs.replace(source, next_due=time)


kinds = st.sampled_from([*BACK_OFFS, "parse", None])
rhythms = st.lists(st.integers(0, 200 * 86400), max_size=30).map(
    lambda ages: learn(Rhythm(), [NOW - timedelta(seconds=age) for age in ages], NOW)
)
hints = st.builds(
    Hints,
    fresh=st.none() | st.floats(0, 1e12),
    ttl=st.none() | st.floats(0, 1e12),
    skip_hours=st.sets(st.integers(0, 23)).map(tuple),
    skip_days=st.sets(st.sampled_from(DAYS)).map(tuple),
)
states = st.builds(
    state,
    address=st.text(min_size=1),
    failures=st.just(0) | st.integers(1, 100_000),
    kind=kinds,
    retry_at=st.none() | st.integers(0, int(MAX_RETRY_AFTER)).map(lambda seconds: NOW + seconds * SECOND),
    rhythm=rhythms,
    hints=hints,
)
intervals = st.none() | st.integers(1, 100 * 86400).map(lambda seconds: seconds * SECOND)


@given(states, intervals)
def test_next_due_is_within_its_limits(source: SourceState, every: timedelta | None) -> None:
    time = next_due(source, every)
    assert time > NOW
    assert time <= max(NOW + max_delay(every), (source.retry_at or NOW) + 7 * DAY)
    if source.retry_at:
        assert time >= source.retry_at
        assert not is_due(with_due(source, time), source.retry_at - SECOND, every=every, force=True)


@given(states, intervals, st.integers(-200 * YEAR // SECOND, 150 * YEAR // SECOND))
def test_wrong_clock_delays_a_source_by_a_limited_time(source: SourceState, every: timedelta | None, jump: int) -> None:
    """A source is due after the maximum delay at the latest, whatever the clock of the last run was."""
    source = with_due(source, next_due(source, every))
    now = NOW + jump * SECOND
    wait = max_delay(every) + timedelta(seconds=MAX_RETRY_AFTER) + HOUR
    assert is_due(source, now, every=every) or is_due(source, now + wait, every=every)


@given(states, intervals)
def test_source_is_not_due_twice_within_a_minute(source: SourceState, every: timedelta | None) -> None:
    source = with_due(source, next_due(source, every))
    for seconds in (-3600, -1, 0, 1, 59):
        assert not is_due(source, NOW + seconds * SECOND, every=every)


@given(states)
def test_skipped_hours_and_days(source: SourceState) -> None:
    time = next_due(source)
    if len(source.hints.skip_hours) < 24 and len(source.hints.skip_days) < 7:
        assert time.hour not in source.hints.skip_hours
        assert DAYS[time.weekday()] not in source.hints.skip_days


@given(st.integers(1, 100_000), kinds, st.text(min_size=1))
def test_back_off_grows_up_to_its_limit(failures: int, kind: str | None, address: str) -> None:
    first, second = (back_off_of(state(failures=n, kind=kind, address=address)) for n in (failures, failures + 1))
    assert 5 * MINUTE <= first <= second <= 3.3 * DAY


def test_back_off_has_jitter() -> None:
    times = {next_due(state(address=f"https://{n}.example/", failures=1, kind="5xx")) for n in range(50)}
    assert len(times) > 20
    assert max(times) - min(times) < 2 * MINUTE


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [("connect", 5), ("timeout", 5), ("5xx", 10), ("dns", 15), ("parse", 30), ("tls", 60), ("429", 60), ("4xx", 120)],
)
def test_first_back_off_depends_on_the_kind(kind: str, minutes: int) -> None:
    assert minutes * MINUTE <= next_due(state(failures=1, kind=kind)) - NOW <= 1.1 * minutes * MINUTE


def test_every_is_exact() -> None:
    hints = Hints(fresh=7200, ttl=7200, skip_hours=(12, 13))
    assert next_due(state(hints=hints), MINUTE) == NOW + MINUTE
    assert next_due(state(hints=hints, retry_at=NOW + HOUR), MINUTE) == NOW + HOUR


def test_changed_every_applies_at_once() -> None:
    source = stored(every=30 * DAY)
    assert scheduled_time(source, HOUR) == NOW + HOUR
    assert is_due(source, NOW + HOUR, every=HOUR)
    assert scheduled_time(source) == NOW + max_delay(None)


def test_failing_source_is_not_due_more_often_than_every() -> None:
    assert next_due(state(failures=1, kind="connect"), DAY) >= NOW + DAY


@pytest.mark.parametrize(
    ("hints", "expected"),
    [(Hints(), HOUR), (Hints(ttl=60), HOUR), (Hints(fresh=7200), 2 * HOUR), (Hints(ttl=1e9), DAY)],
)
def test_publisher_hints_extend_the_interval(hints: Hints, expected: timedelta) -> None:
    assert next_due(state(hints=hints)) == NOW + expected


def test_shortest_and_longest_interval() -> None:
    busy = learn(Rhythm(), [NOW - MINUTE * n for n in range(100)], NOW)
    idle = learn(Rhythm(), [NOW - 30 * DAY * n for n in range(10)], NOW)
    assert next_due(state(rhythm=busy)) == NOW + MIN_INTERVAL
    assert next_due(state(rhythm=idle)) == NOW + MAX_INTERVAL


@pytest.mark.parametrize(
    ("values", "force", "expected"),
    [
        ({"last_try": None}, False, True),
        ({"next_due": None, "last_try": NOW - HOUR}, False, True),
        ({"next_due": NOW + HOUR, "last_try": NOW - HOUR}, False, False),
        ({"next_due": NOW, "last_try": NOW - HOUR}, False, True),
        ({"next_due": NOW + 40 * SECOND, "last_try": NOW - HOUR}, False, True),  # an early timer
        ({"next_due": NOW + 2 * MINUTE, "last_try": NOW - HOUR}, False, False),
        ({"next_due": NOW + HOUR, "last_try": NOW - HOUR}, True, True),
        ({"next_due": NOW + HOUR, "last_try": NOW - SECOND}, True, True),  # two manual runs
        ({"next_due": NOW - HOUR, "last_try": NOW - HOUR, "retry_at": NOW + SECOND}, True, False),
        ({"next_due": NOW + 2 * DAY, "last_try": NOW + DAY}, False, True),  # the clock was ahead
        ({"next_due": NOW + YEAR, "last_try": NOW - 30 * DAY}, False, True),
        ({"next_due": NOW + YEAR, "last_try": NOW + YEAR, "retry_at": NOW + YEAR}, False, True),
    ],
)
def test_is_due(values: dict[str, Any], force: bool, expected: bool) -> None:
    assert is_due(state(**values), NOW, force=force) is expected


retries = st.none() | st.integers(-YEAR // SECOND, YEAR // SECOND).map(lambda seconds: NOW + seconds * SECOND)


@given(states, intervals, retries, st.floats(0, 1))
def test_due_time_is_the_first_second_at_which_a_source_is_due(
    source: SourceState, every: timedelta | None, retry_at: datetime | None, share: float
) -> None:
    source = msgspec.structs.replace(with_due(source, next_due(source, every)), retry_at=retry_at)
    time = due_time(source, every)
    assert time.microsecond == 0
    assert is_due(source, time, every=every)
    assert not is_due(source, time - SECOND, every=every)
    before = NOW + int((time - NOW) / SECOND * share) * SECOND
    assert is_due(source, before, every=every) == (before == time)


@given(states, intervals, st.integers(0, 400 * 86400))
def test_schedule_by_due_times_agrees_with_is_due(source: SourceState, every: timedelta | None, later: int) -> None:
    source = with_due(source, next_due(source, every))
    now = NOW + later * SECOND
    assert is_due(source, now, every=every) == (now >= due_time(source, every))


def test_source_that_was_never_tried_is_due_since_the_epoch() -> None:
    new = state(last_try=None)
    assert due_time(new) == datetime.fromtimestamp(0, UTC)
    assert is_due(new, due_time(new))
