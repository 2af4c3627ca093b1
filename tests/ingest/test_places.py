"""The places of articles in sources that list them by importance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.ingest.convert import is_ranked

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 1, 2, 3, 4, 5, 6], False),
        ([6, 5, 4, 3, 2, 1, 0], False),
        ([5, 5, 5, 5, 5, 5, 5], False),
        ([0, 1, 2, 4, 3, 5, 6, 7, 8], False),  # a late correction
        ([3, 0, 9, 1, 7, 2, 8, 4], True),
        ([3, None, 0, 9, None, 1, 7, 2], True),
        ([3, 0, 9], False),  # too few to judge
        ([None] * 20, False),
        ([], False),
    ],
)
def test_is_ranked(hours: list[int | None], expected: bool) -> None:
    dates = [None if one is None else NOON - timedelta(hours=one) for one in hours]
    assert is_ranked(dates) is expected
