"""Parses response headers into values. Pure; each function states its RFC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER = timedelta(days=30).total_seconds()
"""Seconds of the longest Retry-After that is respected."""


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (RFC 9110 5.6.7) in any of its three forms; None if it is not a date."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait (RFC 9110 10.2.3: seconds, or a date), at most a month."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return min(float(text), MAX_RETRY_AFTER)
    date = http_date(text) if text else None
    return min(max((date - _sent_at(headers, now)).total_seconds(), 0.0), MAX_RETRY_AFTER) if date else None


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a response stays fresh (RFC 9111 5.2.2.1 max-age, else 5.3 Expires), None if unstated."""
    control = headers.get("Cache-Control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if max_age := re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", control):
        return float(max_age[1])
    expires = http_date(headers.get("Expires", ""))
    return max((expires - _sent_at(headers, now)).total_seconds(), 0.0) if expires else None


def _sent_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the response was sent, by the server's clock, to which its other dates refer; that may differ from ours."""
    return http_date(headers.get("Date", "")) or now
