"""The values that expressions compare with, and how they are written."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from aggregator.text.units import format_duration

Value = str | int | datetime | timedelta | re.Pattern[str]


def format_value(value: Value) -> str:
    """Format a value as it is written in an expression."""
    if isinstance(value, re.Pattern):
        return quote(value.pattern)
    if isinstance(value, datetime):
        naive = value.replace(tzinfo=None)  # all are UTC
        return naive.date().isoformat() if naive.time() == time() else naive.isoformat()
    if isinstance(value, timedelta):
        return format_duration(value)
    return quote(value) if isinstance(value, str) else str(value)


def quote(text: str) -> str:
    """Quote text: quotes inside it are doubled, backslashes are kept."""
    mark = "'" if '"' in text and "'" not in text else '"'
    return f"{mark}{text.replace(mark, mark * 2)}{mark}"
