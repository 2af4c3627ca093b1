"""When a source is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_publisher_hints import DAYS

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.scheduling.back_off import BACK_OFFS
from aggregator.scheduling.due import (
    MAX_INTERVAL,
    MIN_INTERVAL,
    back_off_of,
    is_due,
    max_delay,
    next_due,
    scheduled_time,
)
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm, learn
from aggregator.scheduling.state import SourceState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR = 365 * DAY


def history(**values: Any) -> SourceState:
    known: dict[str, Any] = {"key": 1, "address": "https://one.example/feed", "last_try": NOW}
    return SourceState(**(known | values))


def stored(**values: Any) -> SourceState:
    """With the time that was stored with it."""
    every = values.pop("every", None)
    return history(**values, next_due=next_due(history(**values), every))


def stored_as(one: SourceState, time: datetime) -> SourceState:
    return msgspec.structs.replace(one, next_due=time)


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
histories = st.builds(
    history,
    address=st.text(min_size=1),
    failures=st.just(0) | st.integers(1, 100_000),
    kind=kinds,
    retry_at=st.none() | st.integers(0, int(MAX_RETRY_AFTER)).map(lambda seconds: NOW + seconds * SECOND),
    rhythm=rhythms,
    hints=hints,
)
everys = st.none() | st.integers(1, 100 * 86400).map(lambda seconds: seconds * SECOND)


@given(histories, everys)
def test_never_before_retry_after_and_never_later_than_the_max_delay(one: SourceState, every: timedelta | None) -> None:
    time = next_due(one, every)
    assert time > NOW
    assert time <= max(NOW + max_delay(every), (one.retry_at or NOW) + 7 * DAY)
    if one.retry_at:
        assert time >= one.retry_at
        assert not is_due(stored_as(one, time), one.retry_at - SECOND, every=every, force=True)


@given(histories, everys, st.integers(-200 * YEAR // SECOND, 150 * YEAR // SECOND))
def test_a_run_soon_asks_whatever_the_clock_was_before(one: SourceState, every: timedelta | None, jump: int) -> None:
    """Nothing is lost for longer than the longest wait, wherever the clock of the last run stood."""
    one = stored_as(one, next_due(one, every))
    now = NOW + jump * SECOND
    wait = max_delay(every) + timedelta(seconds=MAX_RETRY_AFTER) + HOUR
    assert is_due(one, now, every=every) or is_due(one, now + wait, every=every)


@given(histories, everys)
def test_nothing_is_asked_twice_within_a_minute(one: SourceState, every: timedelta | None) -> None:
    one = stored_as(one, next_due(one, every))
    for seconds in (-3600, -1, 0, 1, 59):
        assert not is_due(one, NOW + seconds * SECOND, every=every)


@given(histories)
def test_hours_and_days_to_be_skipped_are(one: SourceState) -> None:
    time = next_due(one)
    if len(one.hints.skip_hours) < 24 and len(one.hints.skip_days) < 7:
        assert time.hour not in one.hints.skip_hours
        assert DAYS[time.weekday()] not in one.hints.skip_days


@given(st.integers(1, 100_000), kinds, st.text(min_size=1))
def test_pauses_grow_with_failures_up_to_the_max_delay(failures: int, kind: str | None, address: str) -> None:
    first, second = (back_off_of(history(failures=n, kind=kind, address=address)) for n in (failures, failures + 1))
    assert 5 * MINUTE <= first <= second <= 3.3 * DAY


def test_sources_that_failed_together_do_not_return_together() -> None:
    times = {next_due(history(address=f"https://{n}.example/", failures=1, kind="5xx")) for n in range(50)}
    assert len(times) > 20
    assert max(times) - min(times) < 2 * MINUTE


@pytest.mark.parametrize(
    ("kind", "least"),
    [("connect", 5), ("timeout", 5), ("5xx", 10), ("dns", 15), ("parse", 30), ("tls", 60), ("429", 60), ("4xx", 120)],
)
def test_the_first_pause_depends_on_what_failed(kind: str, least: int) -> None:
    assert least * MINUTE <= next_due(history(failures=1, kind=kind)) - NOW <= 1.1 * least * MINUTE


def test_every_is_obeyed_exactly() -> None:
    patient = Hints(fresh=7200, ttl=7200, skip_hours=(12, 13))
    assert next_due(history(hints=patient), MINUTE) == NOW + MINUTE
    assert next_due(history(hints=patient, retry_at=NOW + HOUR), MINUTE) == NOW + HOUR


def test_a_changed_every_counts_at_once() -> None:
    one = stored(every=30 * DAY)
    assert scheduled_time(one, HOUR) == NOW + HOUR
    assert is_due(one, NOW + HOUR, every=HOUR)
    assert scheduled_time(one) == NOW + max_delay(None)


def test_a_failing_source_is_not_asked_more_often_than_a_good_one() -> None:
    assert next_due(history(failures=1, kind="connect"), DAY) >= NOW + DAY


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(Hints(), HOUR), (Hints(ttl=60), HOUR), (Hints(fresh=7200), 2 * HOUR), (Hints(ttl=1e9), DAY)],
)
def test_a_publisher_may_ask_for_more_time(asked: Hints, expected: timedelta) -> None:
    assert next_due(history(hints=asked)) == NOW + expected


def test_a_busy_source_is_asked_four_times_an_hour_and_an_idle_one_each_day() -> None:
    busy = learn(Rhythm(), [NOW - MINUTE * n for n in range(100)], NOW)
    idle = learn(Rhythm(), [NOW - 30 * DAY * n for n in range(10)], NOW)
    assert next_due(history(rhythm=busy)) == NOW + MIN_INTERVAL
    assert next_due(history(rhythm=idle)) == NOW + MAX_INTERVAL


@pytest.mark.parametrize(
    ("values", "force", "expected"),
    [
        ({"last_try": None}, False, True),
        ({"next_due": None, "last_try": NOW - HOUR}, False, True),
        ({"next_due": NOW + HOUR, "last_try": NOW - HOUR}, False, False),
        ({"next_due": NOW, "last_try": NOW - HOUR}, False, True),
        ({"next_due": NOW + 40 * SECOND, "last_try": NOW - HOUR}, False, True),  # a timer that came early
        ({"next_due": NOW + 2 * MINUTE, "last_try": NOW - HOUR}, False, False),
        ({"next_due": NOW + HOUR, "last_try": NOW - HOUR}, True, True),
        ({"next_due": NOW + HOUR, "last_try": NOW - SECOND}, True, True),  # twice by hand
        ({"next_due": NOW - HOUR, "last_try": NOW - HOUR, "retry_at": NOW + SECOND}, True, False),
        ({"next_due": NOW + 2 * DAY, "last_try": NOW + DAY}, False, True),  # the clock was ahead
        ({"next_due": NOW + YEAR, "last_try": NOW - 30 * DAY}, False, True),
        ({"next_due": NOW + YEAR, "last_try": NOW + YEAR, "retry_at": NOW + YEAR}, False, True),
    ],
)
def test_what_is_due(values: dict[str, Any], force: bool, expected: bool) -> None:
    assert is_due(history(**values), NOW, force=force) is expected
