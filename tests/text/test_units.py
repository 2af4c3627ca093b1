"""Durations and sizes as text."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.units import LARGEST, format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20s", 20),
        ("0.5s", 0.5),
        ("30m", 1800),
        ("30 min", 1800),
        ("90 Minutes", 5400),
        ("72h", 259200),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1.5 hours", 5400),
        ("180d", 15552000),
        ("1 day", 86400),
        (" 2w ", 1209600),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "m", "soon", "30x", "-5m", "1h,30m", "1 month", "1e3s", "½h", "٣m", "30m."])
def test_invalid_durations(text: str) -> None:
    with pytest.raises(ValueError, match='must be a time such as "30m"'):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0s", "0h 0m", "36501d", "999999999w"])
def test_durations_are_positive_and_bounded(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 0s and at most 36500d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1 B", 1),
        ("500 kB", 500_000),
        ("20MB", 20_000_000),
        ("20 MiB", 20 * 2**20),
        ("1.5 KiB", 1536),
        ("2gib", 2 * 2**30),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "20", "MiB", "20 apples", "-1 MB", "1 MB 2 kB", "20 m"])
def test_invalid_sizes(text: str) -> None:
    with pytest.raises(ValueError, match='must be a size such as "500 kB"'):
        parse_size(text)


@pytest.mark.parametrize("text", ["0 MB", "0.1 B", "999999999 GiB"])
def test_sizes_are_positive_and_bounded(text: str) -> None:
    with pytest.raises(ValueError, match="at least 1 B"):
        parse_size(text)


@given(st.integers(1, 36500 * 86400))
def test_durations_round_trip(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.integers(1, LARGEST).filter(lambda size: size < 10**9 or size % 2**30 == 0))
def test_sizes_round_trip(size: int) -> None:
    assert parse_size(format_size(size)) == size


@given(st.text())
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            assert parse(text)
        except ValueError as error:
            assert "must be" in str(error)
