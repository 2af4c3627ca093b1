"""Dates in the forms that feeds use; unknown dates stay unknown."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.dates import parse_date

TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

CASES = [
    # RFC 822, 2822, 850, asctime
    ("Tue, 24 Nov 2026 10:00:00 GMT", TEN),
    ("Tue, 24 Nov 2026 10:00:00 +0000", TEN),
    ("Tue, 24 Nov 2026 11:00:00 +0100", TEN),
    ("Tue, 24 Nov 2026 11:00:00 +01:00", TEN),
    ("24 Nov 2026 10:00:00 GMT", TEN),
    ("Tue, 24 Nov 2026 10:00 GMT", TEN),
    ("Tue, 24 Nov 26 10:00:00 GMT", TEN),
    ("Tuesday, 24-Nov-26 10:00:00 GMT", TEN),
    ("Tue Nov 24 10:00:00 2026", TEN),
    ("Tue Nov 24 05:00:00 EST 2026", TEN),
    ("Mon, 24 Nov 2026 10:00:00 GMT", TEN),  # it was a Tuesday
    ("Tue,24 Nov 2026 10:00:00 GMT", TEN),
    ("tue, 24 nov 2026 10:00:00 gmt", TEN),
    ("Tue, 24 November 2026 10:00:00 Z", TEN),
    ("Tue, 24 Nov 2026 10:00:00", TEN),
    ("Tue, 24 Nov 2026", MIDNIGHT),
    ("Tue, 24 Nov 2026 05:00:00 EST", TEN),
    ("Tue, 24 Nov 2026 06:00:00 EDT", TEN),
    ("Tue, 24 Nov 2026 02:00:00 PST", TEN),
    ("Tue, 24 Nov 2026 11:00:00 CET", TEN),
    ("Tue, 24 Nov 2026 11:00:00 BST", TEN),
    ("Tue, 24 Nov 2026 15:30:00 IST", TEN),
    ("Tue, 24 Nov 2026 19:00:00 JST", TEN),
    ("Tue, 24 Nov 2026 21:00:00 AEDT", TEN),
    ("Tue, 24 Nov 2026 10:00:00 GMT+0000", TEN),
    ("Tue, 24 Nov 2026 10:00:00 +0000 (UTC)", TEN),
    ("Mon, 23 Nov 2026 24:00:00 GMT", MIDNIGHT),
    # ISO 8601, RFC 3339, W3C-DTF
    ("2026-11-24T10:00:00Z", TEN),
    ("2026-11-24t10:00:00z", TEN),
    ("2026-11-24T10:00:00+00:00", TEN),
    ("2026-11-24T11:00:00+0100", TEN),
    ("2026-11-24T11:00:00+01", TEN),
    ("2026-11-24T10:00:00.123Z", TEN),
    ("2026-11-24T10:00:00.123456789Z", TEN),
    ("2026-11-24T10:00:00,5Z", TEN),
    ("2026-11-24T10:00Z", TEN),
    ("2026-11-24T10:00", TEN),
    ("2026-11-24 10:00:00", TEN),
    ("2026-11-24 10:00:00 UTC", TEN),
    ("2026-11-24 11:00:00 +0100", TEN),
    ("20261124T100000Z", TEN),
    ("20261124T1000Z", TEN),
    ("20261124 10:00:00", TEN),
    ("20261124100000", TEN),
    ("202611241000", TEN),
    ("179551440000", datetime(1975, 9, 10, 3, 24, tzinfo=UTC)),
    ("2026-W48-2", MIDNIGHT),
    ("2026W482", MIDNIGHT),
    ("2026-W48", datetime(2026, 11, 23, tzinfo=UTC)),
    ("2026-11-24+01:00", datetime(2026, 11, 23, 23, tzinfo=UTC)),
    ("2026-11-24", MIDNIGHT),
    ("2026-11-23T24:00:00Z", MIDNIGHT),
    ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
    ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
    ("  2026-11-24T10:00:00Z\n", TEN),
    # written by people
    ("November 24, 2026", MIDNIGHT),
    ("Nov 24, 2026", MIDNIGHT),
    ("November 24, 2026 10:00 AM", TEN),
    ("Nov. 24th, 2026 at 12:00 PM", NOON),
    ("November 24, 2026 12:00 am", MIDNIGHT),
    ("24 November 2026 10:00", TEN),
    ("24. November 2026, 10:00", TEN),
    ("24. Dezember 2026", datetime(2026, 12, 24, tzinfo=UTC)),
    ("mar., 24 nov. 2026 10:00:00 +0000", TEN),
    ("24 novembre 2026", MIDNIGHT),
    ("24 de noviembre de 2026", MIDNIGHT),
    ("24 août 2026", datetime(2026, 8, 24, tzinfo=UTC)),
    ("Dinsdag 24 november 2026 10:00:00", TEN),
    ("2026/11/24 10:00:00", TEN),
    ("24/11/2026 10:00", TEN),
    # epochs
    (1795514400, TEN),
    (1795514400.9, TEN),
    ("1795514400", TEN),
    ("1795514400000", TEN),
    (1795514400000, TEN),
    (0, datetime(1970, 1, 1, tzinfo=UTC)),
    # datetimes
    (datetime(2026, 11, 24, 10), TEN),
    (datetime(2026, 11, 24, 11, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))), TEN),
    # archives, and what some systems send for "unknown"
    ("1955-03-01T00:00:00Z", datetime(1955, 3, 1, tzinfo=UTC)),
    ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ("Mon, 01 Jan 0001 00:00:00 +0000", datetime(1, 1, 1, tzinfo=UTC)),
    ("Mon, 01 Jan 0001 00:00:00 +0100", None),  # before the year 1 in UTC
    ("Thu, 01 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
    # not dates
    ("", None),
    ("   ", None),
    ("12", None),
    ("\t" * 300, None),
    ("Tue, 24 Nov 2026 10:00:00 GMT" + " " * 100_000, TEN),
    ("Tue, 24 Nov 2026 10:00:00" + " GMT" * 100, None),
    ("2026-W54-1", None),
    ("Monday", None),
    ("10:30", None),
    ("Nov 24", None),
    ("today", None),
    ("yesterday at noon", None),
    ("0000-00-00 00:00:00", None),
    ("2026-13-45", None),
    ("Tue, 31 Feb 2026 10:00:00 GMT", None),
    ("Tue, 24 Nov 2026 25:00:00 GMT", None),
    ("Tue, 24 Nov 2026 10:00:00 XYZ", None),
    ("9999-12-31T23:59:59Z", None),
    ("Tue, 24 Foo 2026 10:00:00 GMT", None),
    ("9" * 1000, None),
    (10**30, None),
    (float("inf"), None),
    (float("nan"), None),
    (True, None),
    (None, None),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_parse_date(value: str | float | datetime | None, expected: datetime | None) -> None:
    assert parse_date(value) == expected


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2150, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS, st.integers(-12 * 60, 14 * 60))
def test_formatted_dates_parse_to_the_same_moment(moment: datetime, minutes: int) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    texts = (
        format_datetime(local),
        format_datetime(moment, usegmt=True),
        local.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S%z"),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%B %d, %Y %I:%M:%S %p"),
        moment.strftime("%a %b %d %H:%M:%S %Y"),
        str(int(moment.timestamp())) if moment.timestamp() > 1e8 else moment.isoformat(),
    )
    assert {parse_date(text) for text in texts} == {moment}


def test_usual_dates_load_no_tables_of_names_and_zones() -> None:
    code = """
import sys
from aggregator.text.dates import day_first_habit, parse_date
texts = ["Tue, 24 Nov 2026 10:00:00 +0100", "2026-11-24T10:00:00Z", "Tue Nov 24 05:00:00 EST 2026", "24/11/2026"]
assert all(map(parse_date, texts)) and day_first_habit(texts) and parse_date("Tue, 24 Sept 2026 10:00 PM")
print(*({"dateparser", "babel", "dateutil"} & sys.modules.keys()))
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.split() == []


LANGUAGES = st.sampled_from([None, "en", "en-US", "de", "hr", "zh", "x", "../x", "", "de-", "EN_us", "\0"])


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.text("0123456789:-+TZ/., aApPmMjJnNuU"),
        st.lists(
            st.sampled_from(
                "11 3 2026 26 31 Mar mars listopada May . - / , : T Z 10:00 24:00 99 +0200 -7 GMT EST XYZ (GMT) "
                "Europe/Berlin am PM 年 月 日 W11 de & &amp; \u202f \u2212 ( ] 0000 9999 h Uhr kl.".split()
            )
        ).map(" ".join),
        st.lists(st.sampled_from("11 3 2026 mars - / . : 10:00 +02 ( ) w 年 T Z e".split())).map("".join),
    ),
    LANGUAGES,
    st.sampled_from([None, True, False]),
)
def test_no_value_raises(value: str | float, language: str | None, day_first: bool | None) -> None:
    date = parse_date(value, language=language, day_first=day_first)
    assert date is None or (date.tzinfo is UTC and date.microsecond == 0 and date.year < 2200)


OFFSETS = st.sampled_from(["GMT", "Z", "EST", "CEST", "+0530", "-08:00", "-0000", "+2500", "XYZ", "+1"])
DIGITS = st.text("0123456789٣ ", min_size=2, max_size=2)


@given(DIGITS, st.sampled_from("Jan Feb Sep Sept jan Dec Mai".split()), st.integers(0, 9999), DIGITS, DIGITS, OFFSETS)
def test_dates_in_fixed_places_are_read_like_others(
    day: str, month: str, year: int, hour: str, second: str, offset: str
) -> None:
    """With two spaces before the time, a date is not in the form that is read in fixed places."""
    date, time = f"Tue, {day} {month} {year:04}", f"{hour}:30:{second} {offset}"
    assert parse_date(f"{date} {time}") == parse_date(f"{date.removeprefix('Tue, ')} {time}")
