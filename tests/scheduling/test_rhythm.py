"""The learned rhythm of a source: rate, hours of the week, silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.scheduling.rhythm import Rhythm, is_silent, learn_change, per_week, until_next
from aggregator.scheduling.rhythm import learn as learn_seconds

NOW = datetime(2026, 11, 23, 0, tzinfo=UTC)  # a Monday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)

moments = st.datetimes(datetime(1970, 1, 2), datetime(2190, 1, 1), timezones=st.just(UTC))


def learn(rhythm: Rhythm, dates: Iterable[datetime], now: datetime) -> Rhythm:
    """Add the dates of an answer to a rhythm."""
    return learn_seconds(rhythm, [int(date.timestamp()) for date in dates], now)


def office(weeks: int, times: int = 3) -> list[datetime]:
    """Return the dates of `times` articles each working day, between 9:00 and 17:00 UTC."""
    days = [NOW - DAY * n for n in range(1, weeks * 7 + 1)]
    return [day + HOUR * (9 + 7 * n / times) for day in days if day.weekday() < 5 for n in range(times)]


def wait(rhythm: Rhythm, now: datetime) -> timedelta:
    return until_next(rhythm, now, DAY)


@pytest.mark.parametrize("hours", [0.71, 2.3, 5.3, 19.1])
def test_evenly_publishing_source_is_due_twice_per_article(hours: float) -> None:
    rhythm = learn(Rhythm(), [NOW - hours * HOUR * n for n in range(300)], NOW)
    assert hours * HOUR / 2 * 0.8 <= wait(rhythm, NOW) <= hours * HOUR / 2 * 1.2


def test_intervals_of_a_new_source_double() -> None:
    rhythm, now, waits = learn_change(Rhythm(), b"a", NOW), NOW, []
    for _ in range(6):
        waits.append(wait(rhythm, now) / HOUR)
        now += wait(rhythm, now)
        rhythm = learn_change(rhythm, b"a", now)
    assert waits == [1, 2, 4, 8, 16, 24]


def test_source_without_dates_is_learned_from_changes() -> None:
    rhythm = Rhythm()
    for hour in range(49):
        rhythm = learn_change(rhythm, bytes([hour // 4]), NOW + hour * HOUR)
    assert 1 * HOUR <= wait(rhythm, NOW + 49 * HOUR) <= 3 * HOUR
    assert 30 <= per_week(rhythm, NOW + 49 * HOUR) <= 50


def test_office_hours_are_learned() -> None:
    rhythm = learn(Rhythm(), office(8), NOW)
    monday, saturday = NOW, NOW + 5 * DAY
    assert wait(rhythm, monday + 9 * HOUR) <= 2 * HOUR
    assert wait(rhythm, monday + 17 * HOUR) >= 15 * HOUR
    assert wait(rhythm, saturday + 9 * HOUR) == DAY


def test_hours_without_data_are_not_excluded() -> None:
    friday = NOW - 3 * DAY + 17 * HOUR
    rhythm = learn(Rhythm(), [friday - HOUR * n / 5 for n in range(30)], friday)
    assert wait(rhythm, friday + 1.5 * DAY) <= 2 * HOUR, "six hours of a Friday do not predict a Sunday"


def test_interval_is_not_longer_than_the_feed_reaches_back() -> None:
    dates = office(12, times=40)
    rhythm = learn(Rhythm(), dates, NOW)
    listed = sorted(dates)[-30:]
    friday = NOW - 2 * DAY - 6 * HOUR
    rhythm = learn(rhythm, listed, friday)
    assert wait(rhythm, friday) == friday - listed[0]


def test_rate_adapts_to_changes() -> None:
    rhythm = learn(Rhythm(), [NOW - DAY * n for n in range(100)], NOW)
    assert per_week(rhythm, NOW) == pytest.approx(7, abs=0.5)
    later = NOW + 30 * WEEK
    for now in (NOW + WEEK * n for n in range(31)):
        rhythm = learn(rhythm, [now - HOUR], now)
    assert 1 <= per_week(rhythm, later) < 2


@pytest.mark.parametrize(
    ("dates", "now", "silent"),
    [
        ([], NOW, False),
        ([NOW - WEEK * n for n in range(20)], NOW + 9 * WEEK, False),
        ([NOW - WEEK * n for n in range(20)], NOW + 11 * WEEK, True),
        ([NOW - HOUR * n for n in range(20)], NOW + 6 * DAY, False),
        ([NOW - HOUR * n for n in range(20)], NOW + 8 * DAY, True),
        ([NOW - 52 * WEEK - DAY * n for n in range(20)], NOW, True),  # silent at the first request
        ([NOW - 300 * WEEK, NOW - 290 * WEEK], NOW, False),  # two dates are too few
    ],
)
def test_silence_depends_on_the_previous_rhythm(dates: list[datetime], now: datetime, silent: bool) -> None:
    assert is_silent(learn(Rhythm(), dates, NOW), now) is silent


def test_repeated_dates_count_once() -> None:
    dates = office(4)
    once = learn(Rhythm(), dates, NOW)
    assert learn(learn(once, dates, NOW), dates[:10], NOW).hours == once.hours


@pytest.mark.slow
@given(st.lists(st.tuples(st.lists(moments, max_size=30), moments), max_size=8), moments)
def test_any_dates_and_any_clock(answers: list[tuple[list[datetime], datetime]], now: datetime) -> None:
    rhythm = Rhythm()
    for dates, then in answers:
        rhythm = learn(rhythm, dates, then)
        assert timedelta() <= wait(rhythm, then) <= DAY
    assert timedelta() <= wait(rhythm, now) <= DAY
    assert per_week(rhythm, now) >= 0
    assert isinstance(is_silent(rhythm, now), bool)
    body = msgspec.msgpack.encode(rhythm)
    assert len(body) < 400
    assert msgspec.msgpack.decode(body, type=Rhythm) == rhythm


@given(st.lists(moments, min_size=1, max_size=30))
def test_rhythm_learned_by_a_clock_ahead_is_discarded(dates: list[datetime]) -> None:
    wrong = datetime(2191, 1, 1, tzinfo=UTC)
    then = min(max(dates), wrong - WEEK)
    assert learn(learn(Rhythm(), [*dates, wrong], wrong), dates, then) == learn(Rhythm(), dates, then)
