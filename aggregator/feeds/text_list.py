"""Reads a subscription list that is plain text: an address a line, as people keep them and as newsboat does.

After the address, newsboat has tags, in quotes if they hold spaces; one that begins with "~" is the title
(https://newsboat.org/releases/2.38/docs/newsboat.html#_configuring_feeds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aggregator.feeds.subscription_list import Skipped, SubscriptionList, Table
from aggregator.text.charsets import decode_html
from aggregator.text.feed_scheme import pasted_address
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPE = re.compile(r"\\(.)")
_HOST = re.compile(r"[^\s/?#@:]+\.[^\s/?#@:.]{2,}(?::\d+)?(?:[/?#].*)?")
_BULLET = re.compile(r"(?:[-*+•]|\d{1,4}[.)])\s+")
_RUN = "runs a program, which an import never does; see `aggregate plugins show command`"
_OTHER_ENTRIES = {
    "query:": "is a query of newsboat over other feeds; an output can select stories: see `select` in the guide",
    "exec:": _RUN,
    "filter:": _RUN,
    "file:": "is a local file; try: aggregate add PATH",
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def read_text_list(data: bytes) -> tuple[list[Table], int]:
    """Return the feeds of a list as `[[sources]]` tables, and the number of its other entries; see `read_text`."""
    found = read_text(data)
    return found.tables, len(found.skipped)


def read_text(data: bytes) -> SubscriptionList:
    """Return the feeds of a list, and for each other entry the reason.

    Empty lines and comments, which begin with "#", are skipped. Raises ValueError for a line that is no entry.
    """
    found = SubscriptionList([], [], [])
    for number, line in enumerate(decode_html(data).splitlines(), 1):
        tokens = _tokens(_BULLET.sub("", line.strip()))
        if not tokens or tokens[0].startswith(("#", "//")):
            continue
        if feeds := _feeds(tokens):
            found.tables += feeds
        elif reason := _reason(tokens[0]):
            found.skipped.append(Skipped(plain(tokens[0])[:60], reason))
        else:
            raise ValueError(f'line {number} is no address: "{plain(line)[:60]}"')
    if not found.tables and not found.skipped:
        raise ValueError("holds no address")
    return found


def _tokens(line: str) -> list[str]:
    """Return the words and quoted texts of a line, as far as a comment."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(line):
        quoted, bare = match.groups()
        if tokens and bare and bare.startswith("#"):
            break
        tokens.append(bare or _ESCAPE.sub(r"\1", quoted))
    return [token for token in tokens if token]


def _reason(token: str) -> str:
    """Return why an entry that is not an address on the web is not imported; "" if it is no entry at all."""
    known = next((text for prefix, text in _OTHER_ENTRIES.items() if token.lower().startswith(prefix)), "")
    return known or ("is not an address on the web" if _SCHEME.match(token) else "")


def _feeds(tokens: list[str]) -> list[Table]:
    """Return the feeds of a line, which begins with an address; usually it is the only one."""
    first = web_address(tokens[0])
    if first is None:
        return []
    more = {token: url for token in tokens[1:] if "://" in token and (url := web_address(token))}
    details = dict(_details([token for token in tokens[1:] if token not in more]))
    return [{"url": url} | details for url in (first, *more.values())]


def web_address(token: str) -> str | None:
    """Return the address of a feed; one without a scheme must look like a host name."""
    try:
        address = pasted_address(token)
    except ValueError:
        return None
    if "://" not in address and _HOST.fullmatch(address):
        address = f"https://{address}"
    return absolute(address)


def _details(tokens: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the tags of a feed."""
    texts = [text for token in tokens if (text := plain(token))]
    if names := [text[1:].strip() for text in texts if text.startswith("~")]:
        yield "name", names[0]
    if tags := [text for text in dict.fromkeys(texts) if not text.startswith(("~", "!"))]:
        yield "tags", tags
