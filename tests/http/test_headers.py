"""Parsing of response headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.http.headers import freshness, retry_after

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Tue, 24 Nov 2026 12:02:00 GMT", 120),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("999999999", 30 * 86400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_a_date_out_of_range_is_ignored() -> None:
    absurd = "Mon, 01 Jan 99999999999999 00:00:00 GMT"
    assert retry_after({"Retry-After": absurd}, NOW) is None
    assert freshness({"Expires": absurd, "Date": absurd}, NOW) is None


def test_dates_are_relative_to_the_clock_of_the_server() -> None:
    headers = {"Date": "Fri, 20 Nov 2020 12:00:00 GMT", "Retry-After": "Fri, 20 Nov 2020 12:02:00 GMT"}
    assert retry_after(headers, NOW) == 120


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": 'max-age="60"'}, 60),
        ({"Cache-Control": "s-maxage=5"}, None),
        ({"Cache-Control": "max-age=600, no-cache"}, None),
        ({"Expires": "Tue, 24 Nov 2026 13:00:00 GMT", "Date": "Tue, 24 Nov 2026 12:30:00 GMT"}, 1800),
        ({"Expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 3600),
        ({"Expires": "0"}, None),
        ({"Cache-Control": "max-age=60", "Expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 60),
        ({}, None),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers, NOW) == seconds
