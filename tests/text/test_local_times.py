"""Times on a terminal: in the time zone of the machine, with its name."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from aggregator.text.local_times import local_day, local_minute, local_time


@pytest.mark.parametrize(
    ("zone", "shown", "day"),
    [
        ("UTC", "2026-06-30 23:30 UTC", "2026-06-30"),
        ("Europe/Berlin", "2026-07-01 01:30 CEST", "2026-07-01"),
        ("America/New_York", "2026-06-30 19:30 EDT", "2026-06-30"),
    ],
)
def test_times_are_those_of_the_machine(monkeypatch: pytest.MonkeyPatch, zone: str, shown: str, day: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        moment = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        assert (local_time(moment), local_day(moment)) == (shown, day)
        assert shown.startswith(local_minute(moment))
    finally:
        monkeypatch.undo()
        time.tzset()
