"""The attributes by which FreshRSS extends OPML (https://freshrss.github.io/FreshRSS/en/developers/OPML.html).

Names are in lower case, as a lenient parser returns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aggregator.text.units import format_duration

PREFIX = "frss:"
LIST_URL = "frss:opmlurl"
"""Of a category: the address of the list that its feeds come from."""
PAGE_TYPE = "html+xpath"
UNREADABLE_TYPES = {
    "xml+xpath": "is XML that FreshRSS reads by XPath, which is not imported; a plugin of your own can read it",
    "json+dotnotation": "is JSON that FreshRSS reads by paths, which are lost; see `aggregate plugins show jsonapi`",
    "html+xpath+json+dotnotation": "is JSON in a page that FreshRSS reads by paths, which are lost; a plugin of your "
    "own can read it",
}
"""Types of sources that are not feeds, and why they are not imported."""
_LOST = {
    "frss:curlopt_": "its options of cURL (cookies, headers, proxy)",
    "frss:cssfullcontent": "its selector of the full text (see the filter `fulltext`)",
    "frss:csscontentfilter": "its selector of what to remove",
    "frss:filtersactionread": "its filters (see the filter `drop`)",
}
_LONGEST = timedelta(days=365)


def read_settings(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys of a `[[sources]]` table that the attributes of a feed express."""
    settings: dict[str, Any] = {}
    if attributes.get("type", "").strip().lower() == PAGE_TYPE:
        settings["plugin"] = "page"
    seconds = _number(attributes.get("frss:ttl", ""))
    if seconds < 0:  # muted
        settings["enabled"] = False
    if seconds:
        minutes = timedelta(minutes=max(round(abs(seconds) / 60), 1))
        settings["every"] = format_duration(min(minutes, _LONGEST))
    return settings


def lost_settings(attributes: Mapping[str, str]) -> str:
    """Return a clause about the settings of a feed that cannot be imported; "" if there are none."""
    lost = [text for prefix, text in _LOST.items() if any(name.startswith(prefix) for name in attributes)]
    if attributes.get("type", "").strip().lower() == PAGE_TYPE:
        lost.insert(0, "its XPath, so that headlines are detected (see `aggregate preview`)")
    return f"not imported: {', '.join(lost)}" if lost else ""


def _number(text: str) -> int:
    try:
        return int(text.strip()[:12])
    except ValueError:
        return 0
