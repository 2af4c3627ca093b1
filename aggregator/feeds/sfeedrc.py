"""Reads the feeds of sfeed from its configuration, a shell script: lines `feed "name" "address"`. Runs nothing."""

from __future__ import annotations

import re
import shlex

from aggregator.feeds.subscription_list import Skipped, SubscriptionList
from aggregator.feeds.text_list import web_address
from aggregator.text.charsets import decode_html
from aggregator.text.plain import plain

_CALL = re.compile(r"^[ \t]*feed[ \t]+[\"'\w$]", re.MULTILINE)
_CONTINUED = re.compile(r"\\\r?\n")
LONGEST_LINE = 10_000


def is_sfeedrc(text: str) -> bool:
    """Whether a text is a configuration of sfeed."""
    return _CALL.search(text) is not None


def read_sfeedrc(data: bytes) -> SubscriptionList:
    """Return the feeds of a configuration."""
    found = SubscriptionList([], [], [])
    for line in _CONTINUED.sub(" ", decode_html(data)).splitlines():
        if _CALL.match(line):
            _add(found, line[:LONGEST_LINE])
    return found


def _add(found: SubscriptionList, line: str) -> None:
    try:
        _, name, *rest = shlex.split(line, comments=True)
    except ValueError:
        found.skipped.append(Skipped(plain(line)[:60], "is a command that cannot be read"))
        return
    address = web_address(rest[0]) if rest else None
    if any(sign in part for part in (name, *rest[:1]) for sign in ("$", "`")):
        found.skipped.append(Skipped(plain(name), "uses a variable of the shell, which an import does not evaluate"))
    elif address is None:
        reason = f"has no valid feed address: {plain(rest[0])}" if rest else "has no feed address"
        found.skipped.append(Skipped(plain(name), reason))
    else:
        found.tables.append({"url": address} | ({"name": plain(name)} if plain(name) else {}))
