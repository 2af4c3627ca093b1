"""Day and month of numeric dates: the habit of the feed decides, then the language, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.date_order import day_first_habit, day_first_in
from aggregator.text.dates import parse_date

THIRD_OF_NOVEMBER = datetime(2026, 11, 3, tzinfo=UTC)
ELEVENTH_OF_MARCH = datetime(2026, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("texts", "habit"),
    [
        ([], None),
        (["11/03/2026", "12/03/2026"], None),
        (["11/03/2026", "31/03/2026"], True),
        (["31.03.2026 10:00"], True),
        (["31-03-2026"], True),
        (["Mi, 31.03.2026 - 15:26"], True),
        (["Mi, 31-03-2026"], True),
        (["10:00, 31/03/2026"], True),
        (["31. 3. 2026"], True),
        (["31/03/26"], True),
        (["03/31/2026, 10:00 PM"], False),
        (["3/31/26"], False),
        (["11/03/2026", "31/03/2026", "03/31/2026"], None),
        (["Tue, 31 Mar 2026 10:00:00 +0100", "2026-03-31T10:00:00Z", "2026-03-31T10:00:00.123Z"], None),
        (["2026-03-31 10:00", "2026/03/31", "2026.03.31", "20260331"], None),
        (["99/99/2026", "31/31/2026", "0/31/2026", "31/0/2026", "3/31", "1.2.3.2026"], None),
        (["", "/", "././.", "x" * 1000 + "31/03/2026"], None),
    ],
)
def test_day_first_habit(texts: list[str], habit: bool | None) -> None:
    assert day_first_habit(texts) is habit
    assert day_first_habit(iter(texts)) is habit


@pytest.mark.parametrize(
    ("language", "day_first"),
    [
        (None, None),
        ("", None),
        ("en", None),
        ("en-US", False),
        ("EN_us", False),
        ("en-GB", True),
        ("en-IE", True),
        ("en-IN", True),
        ("en-AU", True),
        ("en-ZA", True),
        ("en-FR", True),
        ("en-PH", False),
        ("en-CA", None),
        ("de", True),
        ("de-CH", True),
        ("fr-CA", True),
        ("es", True),
        ("es-US", True),
        ("pt-BR", True),
        ("sv", True),
        ("hu", True),
        ("zh-Hans-CN", None),
        ("ja", None),
        ("sr-Latn-RS", True),
        ("xx", None),
        ("not a tag", None),
        ("../../../etc", None),
    ],
)
def test_the_order_of_a_language(language: str | None, day_first: bool | None) -> None:
    assert day_first_in(language) is day_first


@pytest.mark.parametrize(
    ("text", "language", "habit", "expected"),
    [
        # Nothing decides: a dot does.
        ("11/03/2026", None, None, None),
        ("11/03/2026 10:00", "en", None, None),
        ("11-03-2026", None, None, None),
        ("11.03.2026", None, None, ELEVENTH_OF_MARCH),
        ("11. 3. 2026", None, None, ELEVENTH_OF_MARCH),
        ("11.03.26", None, None, ELEVENTH_OF_MARCH),
        ("11.03.2026", "en-US", None, ELEVENTH_OF_MARCH),
        # The language decides.
        ("11/03/2026", "en-US", None, THIRD_OF_NOVEMBER),
        ("11/03/2026", "en-GB", None, ELEVENTH_OF_MARCH),
        ("11-03-2026", "nl", None, ELEVENTH_OF_MARCH),
        ("11/03/26", "fr", None, ELEVENTH_OF_MARCH),
        # The habit of the feed decides before it.
        ("11/03/2026", None, True, ELEVENTH_OF_MARCH),
        ("11/03/2026", None, False, THIRD_OF_NOVEMBER),
        ("11/03/2026", "en-US", True, ELEVENTH_OF_MARCH),
        ("11/03/2026", "de", False, THIRD_OF_NOVEMBER),
        ("11.03.2026", "de", False, THIRD_OF_NOVEMBER),
        # Only one reading is possible.
        ("31/03/2026", "en-US", False, datetime(2026, 3, 31, tzinfo=UTC)),
        ("03/31/2026", "de", True, datetime(2026, 3, 31, tzinfo=UTC)),
        ("03/03/2026", None, None, datetime(2026, 3, 3, tzinfo=UTC)),
        ("03/31/26", None, None, datetime(2026, 3, 31, tzinfo=UTC)),
        ("31/31/2026", None, True, None),
        ("30/02/2026", None, True, None),
        # Two digits may be the year, at either end.
        ("26/03/11", None, None, None),
        ("26/03/11", "ja", None, ELEVENTH_OF_MARCH),
        ("26. 3. 11.", "ko", None, ELEVENTH_OF_MARCH),
        # With four digits first, there is no question.
        ("2026/03/11", "en-US", False, ELEVENTH_OF_MARCH),
        ("2026.03.11", None, False, ELEVENTH_OF_MARCH),
    ],
)
def test_numeric_dates(text: str, language: str | None, habit: bool | None, expected: datetime | None) -> None:
    assert parse_date(text, language=language, day_first=habit) == expected


@given(st.lists(st.dates(), min_size=1), st.sampled_from("./-"), st.booleans())
def test_the_habit_of_a_feed_is_never_the_wrong_one(days: list[datetime], separator: str, day_first: bool) -> None:
    form = "{0:02}{s}{1:02}{s}{2:04}" if day_first else "{1:02}{s}{0:02}{s}{2:04}"
    texts = [form.format(day.day, day.month, day.year, s=separator) for day in days]
    assert day_first_habit(texts) is (day_first if any(day.day > 12 for day in days) else None)
