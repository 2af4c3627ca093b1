"""Publisher's hints: freshness, ttl, and hours and days to skip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Channel
from aggregator.scheduling.publisher_hints import HOURS, Hints, hints_of

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FRIDAY = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(), timedelta()),
        (Hints(fresh=600, ttl=3600), HOUR),
        (Hints(fresh=7200, ttl=3600), 2 * HOUR),
        (Hints(fresh=1e12), DAY),
        (Hints(ttl=-5), timedelta()),
    ],
)
def test_wait_is_the_longest_hint_up_to_a_day(hints: Hints, expected: timedelta) -> None:
    assert hints.wait() == expected


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(), FRIDAY),
        (Hints(skip_hours=(21, 23)), FRIDAY),
        (Hints(skip_hours=(22, 23, 0)), datetime(2026, 11, 28, 1, tzinfo=UTC)),
        (Hints(skip_days=("Saturday", "Sunday")), FRIDAY),
        (Hints(skip_hours=(22, 23), skip_days=("Saturday", "Sunday")), datetime(2026, 11, 30, tzinfo=UTC)),
        (Hints(skip_days=DAYS), FRIDAY),
        (Hints(skip_hours=tuple(range(24))), FRIDAY),
    ],
)
def test_skipped_hours_and_days(hints: Hints, expected: datetime) -> None:
    assert hints.allowed(FRIDAY) == expected


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)),
    st.sets(st.integers(0, 23)),
    st.sets(st.sampled_from(DAYS)),
)
def test_allowed_time_is_not_skipped_unless_all_are(time: datetime, hours: set[int], days: set[str]) -> None:
    allowed = Hints(skip_hours=tuple(hours), skip_days=tuple(days)).allowed(time)
    assert time <= allowed < time + HOUR * HOURS
    if len(hours) < 24 and len(days) < 7:
        assert allowed.hour not in hours
        assert DAYS[allowed.weekday()] not in days
    else:
        assert allowed == time


def test_invalid_hints_of_a_feed_are_ignored() -> None:
    channel = Channel(ttl=60.0, skip_hours=(3, 99, 3), skip_days=("Sunday", "Caturday", "Sunday"))
    assert hints_of(channel, 5.0) == Hints(fresh=5.0, ttl=60.0, skip_hours=(3,), skip_days=("Sunday",))
    assert hints_of(None, None) == Hints()
