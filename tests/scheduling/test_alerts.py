"""Selection of the failing sources that a run reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.scheduling.alerts import REMINDER_INTERVAL, must_report
from aggregator.scheduling.state import SourceState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATIENCE = 3 * DAY


def failing(**values: Any) -> SourceState:
    known: dict[str, Any] = {"key": 1, "address": "https://one.example/", "failures": 5, "last_try": NOW}
    return SourceState(**(known | values))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"failing_since": NOW}, False),
        ({"failing_since": NOW - PATIENCE + MINUTE}, False),
        ({"failing_since": NOW - PATIENCE}, True),
        ({"failing_since": NOW - 9 * DAY, "reported_at": NOW - HOUR}, False),
        ({"failing_since": NOW - 9 * DAY, "reported_at": NOW - DAY}, True),
        ({"failing_since": NOW - PATIENCE, "reported_at": NOW - PATIENCE}, True),  # an earlier failure
        ({"failing_since": NOW + DAY}, False),
        ({"failing_since": NOW - 9 * DAY, "reported_at": NOW + 365 * DAY}, True),  # the clock was ahead
        ({"failing_since": NOW, "gone": True}, True),
        ({"failing_since": NOW - 9 * DAY, "gone": True, "reported_at": NOW - HOUR}, True),
        ({"failing_since": NOW - 9 * DAY, "gone": True, "reported_at": NOW}, False),
    ],
)
def test_reported_failures(values: dict[str, Any], expected: bool) -> None:
    assert must_report(failing(**values), NOW, PATIENCE) is expected


@pytest.mark.slow
@given(st.integers(1, 20 * 1440), st.integers(1, 600), st.integers(0, 600))
def test_reported_after_patience_and_then_once_a_day(patience: int, step: int, first: int) -> None:
    """Independently of the interval of runs, and of the time of the first one."""
    reports: list[datetime] = []
    now = NOW + first * MINUTE
    while now < NOW + patience * MINUTE + 10 * DAY:
        if must_report(
            failing(failing_since=NOW, reported_at=reports[-1] if reports else None), now, patience * MINUTE
        ):
            reports.append(now)
        now += step * MINUTE
    assert timedelta() <= reports[0] - NOW - patience * MINUTE <= max(step, first) * MINUTE
    assert all(
        REMINDER_INTERVAL <= later - earlier < REMINDER_INTERVAL + step * MINUTE for earlier, later in pairwise(reports)
    )
