"""When a source is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.schedule import due_after_failure, due_after_success, is_due, rhythm

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([], HOUR),
        ([0], HOUR),
        ([0, 4], 2 * HOUR),
        ([0, 0.1, 0.2], 15 * MINUTE),
        ([0, 1000], DAY),
        ([0, 6, 12], 3 * HOUR),
    ],
)
def test_the_rhythm_is_learned(gaps: list[float], expected: timedelta) -> None:
    assert rhythm([NOW - gap * HOUR for gap in gaps]) == expected


def test_every_is_obeyed_exactly() -> None:
    assert due_after_success(NOW, every=MINUTE, learned=HOUR, asked=[7200]) == NOW + MINUTE


@pytest.mark.parametrize(
    ("asked", "expected"), [([], HOUR), ([None, 60], HOUR), ([7200, None], 2 * HOUR), ([10**9], DAY)]
)
def test_a_publisher_may_ask_for_more_time(asked: list[float | None], expected: timedelta) -> None:
    assert due_after_success(NOW, every=None, learned=HOUR, asked=asked) == NOW + expected


@given(st.integers(1, 100_000), st.text())
def test_failures_back_off_up_to_a_day(failures: int, key: str) -> None:
    pause = due_after_failure(NOW, failures=failures, every=None, key=key) - NOW
    assert 5 * MINUTE <= pause <= 1.1 * DAY


def test_a_failing_source_is_not_asked_more_often_than_a_good_one() -> None:
    assert due_after_failure(NOW, failures=1, every=DAY, key="x") >= NOW + DAY


@pytest.mark.parametrize(
    ("next_due", "last_try", "retry_at", "force", "expected"),
    [
        (None, None, None, False, True),
        (NOW + MINUTE, NOW - HOUR, None, False, False),
        (NOW, NOW - HOUR, None, False, True),
        (NOW + HOUR, NOW - HOUR, None, True, True),
        (NOW - HOUR, NOW - HOUR, NOW + MINUTE, True, False),
        (NOW + DAY, NOW + DAY, None, False, True),  # the clock was set back
    ],
)
def test_what_is_due(
    next_due: datetime | None,
    last_try: datetime | None,
    retry_at: datetime | None,
    force: bool,
    expected: bool,
) -> None:
    assert is_due(NOW, next_due=next_due, last_try=last_try, retry_at=retry_at, force=force) is expected
