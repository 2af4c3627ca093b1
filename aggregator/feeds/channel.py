"""Read what a feed states about itself: language, schedule and hub."""

from __future__ import annotations

import re
from typing import Any

_FIRST_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_LANGUAGE = re.compile(r"<(?:dc:)?language>\s*([\w-]+)\s*</|<feed\b[^>]*\bxml:lang=[\"']([\w-]+)[\"']")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def channel_fields(text: bytes) -> dict[str, Any]:
    """Return the language, ttl, skip hours and days, and hub of a feed, as keyword arguments for `Channel`."""
    first_item = _FIRST_ITEM.search(text)
    head = text[: first_item.start() if first_item else 20_000][:20_000].decode("utf-8", "replace")
    fields: dict[str, Any] = {}
    if language := _LANGUAGE.search(head):
        fields["language"] = language[1] or language[2]
    if ttl := re.search(r"<ttl>\s*(\d{1,6})\s*</ttl>", head):
        fields["ttl"] = float(ttl[1]) * 60
    elif period := re.search(r"<sy:updatePeriod>\s*(\w+)\s*</sy:updatePeriod>", head):
        frequency = re.search(r"<sy:updateFrequency>\s*(\d{1,4})\s*</sy:updateFrequency>", head)
        seconds = _PERIODS.get(period[1].lower())
        fields["ttl"] = seconds / max(int(frequency[1]), 1) if seconds and frequency else seconds
    if hours := re.search(r"<skipHours>(.*?)</skipHours>", head, re.DOTALL):
        fields["skip_hours"] = tuple(int(h) % 24 for h in re.findall(r"<hour>\s*(\d{1,2})\s*</hour>", hours[1]))
    if days := re.search(r"<skipDays>(.*?)</skipDays>", head, re.DOTALL):
        fields["skip_days"] = tuple(re.findall(r"<day>\s*([A-Z][a-z]+day)\s*</day>", days[1]))
    if hub := re.search(r"<(?:atom\d*:)?link\b[^>]*\brel=[\"']hub[\"'][^>]*>", head):
        href = re.search(r"\bhref=[\"']([^\"']+)[\"']", hub[0])
        fields["hub"] = href[1] if href else None
    return fields
