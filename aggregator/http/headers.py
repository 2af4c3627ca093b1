"""What response headers say, as values. Pure; each source is named where it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=30).total_seconds()


def http_date(text: str) -> datetime | None:
    """RFC 9110 5.6.7, all three forms; None where it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait (RFC 9110 10.2.3: seconds, or a date); a month at most."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return min(float(text), LONGEST_WAIT)
    date = http_date(text) if text else None
    return min(max((date - _sent(headers, now)).total_seconds(), 0.0), LONGEST_WAIT) if date else None


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the answer stays fresh (RFC 9111 5.2.2.1 max-age, else 5.3 Expires); None where nothing is said."""
    control = headers.get("Cache-Control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if found := re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", control):
        return float(found[1])
    expires = http_date(headers.get("Expires", ""))
    return max((expires - _sent(headers, now)).total_seconds(), 0.0) if expires else None


def _sent(headers: Mapping[str, str], now: datetime) -> datetime:
    """When an answer was sent by the clock that its other dates are of, which need not be ours."""
    return http_date(headers.get("Date", "")) or now
