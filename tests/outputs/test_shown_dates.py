"""Dates and times in the reader's language and time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.outputs.dates import Dates

WINTER, SUMMER = datetime(2026, 11, 24, 14, 5, tzinfo=UTC), datetime(2026, 7, 14, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "day", "time"),
    [
        ("en", "Tuesday, 24 November 2026", "14:05"),
        ("en-US", "Tuesday, November 24, 2026", "2:05\u202fPM"),
        ("de", "Dienstag, 24. November 2026", "14:05"),
        ("fr", "mardi 24 novembre 2026", "14:05"),
        ("pt-BR", "terça-feira, 24 de novembro de 2026", "14:05"),
        ("xx", "Tuesday, November 24, 2026", "2:05\u202fPM"),
    ],
)
def test_days_and_times_follow_the_language(locale: str, day: str, time: str) -> None:
    dates = Dates("Europe/London", locale)
    assert (dates.day(WINTER), dates.time(WINTER)) == (day, time)


@pytest.mark.parametrize(
    ("zone", "locale", "winter", "summer"),
    [
        ("Europe/London", "en", "GMT", "BST"),
        ("Europe/Berlin", "de", "MEZ", "MESZ"),
        ("Europe/Berlin", "fr", "CET", "CEST"),
        ("America/New_York", "en", "EST", "EDT"),
        ("America/Sao_Paulo", "en", "GMT-03:00", "GMT-03:00"),
        ("UTC", "en", "UTC", "UTC"),
    ],
)
def test_time_zones_have_their_usual_short_names(zone: str, locale: str, winter: str, summer: str) -> None:
    dates = Dates(zone, locale)
    assert (dates.zone_name(WINTER), dates.zone_name(SUMMER)) == (winter, summer)


def test_a_clock_says_the_day_only_if_it_is_another() -> None:
    dates = Dates("Europe/London", "en")
    assert dates.clock(SUMMER, SUMMER) == "00:05"
    assert dates.clock(datetime(2026, 7, 14, 12, 0, tzinfo=UTC), SUMMER) == "Tue 14 Jul, 13:00"
    assert dates.clock(datetime(2024, 2, 3, tzinfo=UTC), SUMMER) == "3 Feb 2024"
