"""Parses response headers into values. Pure; each function states its RFC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

MAX_RETRY_AFTER = timedelta(days=30).total_seconds()
"""Seconds of the longest Retry-After that is respected."""
MAX_REFRESH_LENGTH = 5000
"""Characters of the longest Refresh value that is read."""

_LINK = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(r"\s*;\s*([^\s=;,\"]*)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?", re.DOTALL)
_REFRESH = re.compile(r"[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?(.*)", re.IGNORECASE | re.DOTALL)


class Link(msgspec.Struct, frozen=True):
    """One link of a `Link` header. `parameters`: by lower-case name; the first one counts if a name is repeated."""

    target: str
    parameters: Mapping[str, str]


def links(headers: Mapping[str, str]) -> Iterator[Link]:
    """Yield the links of all `Link` headers (RFC 8288 3), as far as they are well-formed."""
    get_all = getattr(headers, "getall", None)  # of a real response; those of recordings have each name once
    values = get_all("Link", ()) if get_all else [headers.get("Link", "")]
    for value in values:
        position = 0
        while match := _LINK.match(value, position):
            position, parameters = match.end(), dict[str, str]()
            while parameter := _PARAMETER.match(value, position):
                name, quoted, token = parameter.groups()
                text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (token or "")
                parameters.setdefault(name.lower(), text.strip())
                position = parameter.end()
            yield Link(percent_encoded(match[1].strip()), parameters)


def refresh_target(value: str) -> str | None:
    """Return the address in a `Refresh` header or a `<meta http-equiv="refresh">` (WHATWG HTML 4.2.5.3); else None."""
    match = _REFRESH.fullmatch(value[:MAX_REFRESH_LENGTH].strip())
    if not match or not match[1]:
        return None
    target = match[1].strip()
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return target.strip() or None


def percent_encoded(address: str) -> str:
    """Return an address of a header with its non-ASCII bytes percent-encoded."""
    if address.isascii():
        return address
    return quote(address.encode("utf-8", "surrogateescape"), safe="%/:?#[]@!$&'()*+,;=~ ")


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (RFC 9110 5.6.7) in any of its three forms; None if it is not a date."""
    if not text:
        return None  # the most frequent case: no such header
    from email.utils import parsedate_to_datetime

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
