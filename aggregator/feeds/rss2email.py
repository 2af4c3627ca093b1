"""Reads the feeds of rss2email: its configuration, an INI file with a section `[feed.NAME]` for each, or its JSON data.

The data files of its versions differ in whether they hold the addresses; the configuration always does.
"""

from __future__ import annotations

import configparser
import re
from typing import Any

import msgspec

from aggregator.feeds.subscription_list import Skipped, SubscriptionList, Table
from aggregator.feeds.text_list import web_address
from aggregator.text.charsets import decode_html
from aggregator.text.plain import plain

SECTION = "feed."
_HAS_SECTION = re.compile(r"^\[feed\.", re.MULTILINE)
_NUMBERED = re.compile(r"feed-?\d{1,9}")
"""A name that rss2email makes."""


def is_configuration(text: str) -> bool:
    """Whether a text is a configuration of rss2email."""
    return _HAS_SECTION.search(text) is not None


def read_configuration(data: bytes) -> SubscriptionList:
    """Return the feeds of a configuration. Raises ValueError if it is not one."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(decode_html(data))
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        raise ValueError(f"is not a configuration of rss2email{f' (line {line})' if line else ''}") from error
    found = SubscriptionList([], [], [])
    for section in parser.sections():
        if section.startswith(SECTION):
            name = section.removeprefix(SECTION)
            active = (parser.get(section, "active", fallback="") or "").strip().lower()
            url = parser.get(section, "url", fallback="") or ""
            _add(found, name, url, is_active=active not in ("false", "no", "0", "off"))
    if parser.defaults() and found.tables:
        found.remarks.append("settings of mails are not imported: see `aggregate plugins show newsletter`")
    return found


def read_data(data: bytes) -> SubscriptionList:
    """Return the feeds of a JSON data file. Raises ValueError if it is not one, or holds no addresses."""
    document = msgspec.json.decode(data)
    feeds = document.get("feeds") if isinstance(document, dict) else document
    if not isinstance(feeds, list) or not all(isinstance(feed, dict) for feed in feeds):
        raise ValueError("is JSON, but not a list of feeds")
    found = SubscriptionList([], [], [])
    for feed in feeds:
        _add(found, _text(feed.get("name")), _text(feed.get("url")), is_active=feed.get("active") is not False)
    if not found.tables:
        raise ValueError("holds no addresses: import the configuration of rss2email, ~/.config/rss2email.cfg")
    return found


def _add(found: SubscriptionList, name: str, url: str, *, is_active: bool) -> None:
    name = plain(name)
    address = web_address(url.strip())
    if address is None:
        reason = f"has no valid feed address: {plain(url)}" if url else "has no feed address"
        found.skipped.append(Skipped(name or plain(url), reason))
        return
    table: Table = {"url": address}
    if name and not _NUMBERED.fullmatch(name):
        table["name"] = name
    found.tables.append(table if is_active else table | {"enabled": False})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
