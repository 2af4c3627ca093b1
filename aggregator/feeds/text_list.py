"""Reads a subscription list that is plain text: an address a line, as people keep them and as newsboat does.

After the address, newsboat has tags, in quotes if they hold spaces; one that begins with "~" is the title
(https://newsboat.org/releases/2.38/docs/newsboat.html#_configuring_feeds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aggregator.text.charsets import decode_html
from aggregator.text.feed_scheme import pasted_address
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

Table = dict[str, Any]

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_HOST = re.compile(r"[^\s/?#@:]+\.[^\s/?#@:.]{2,}(?::\d+)?(?:[/?#].*)?")
_BULLET = re.compile(r"(?:[-*+•]|\d{1,4}[.)])\s+")
_OTHER_ENTRY = re.compile(r"(?:query|exec|filter|file):|[A-Za-z][A-Za-z0-9+.-]*://", re.IGNORECASE)


def read_text_list(data: bytes) -> tuple[list[Table], int]:
    """Return the feeds of a list as `[[sources]]` tables, and the number of its other entries.

    Empty lines and comments, which begin with "#", are skipped. Raises ValueError for a line that is no entry.
    """
    tables: list[Table] = []
    others = 0
    for number, line in enumerate(decode_html(data).splitlines(), 1):
        tokens = [quoted or bare for quoted, bare in _TOKEN.findall(_BULLET.sub("", line.strip()))]
        if not tokens or tokens[0].startswith(("#", "//")):
            continue
        if feeds := _feeds(tokens):
            tables += feeds
        elif _OTHER_ENTRY.match(tokens[0]):
            others += 1
        else:
            raise ValueError(f'line {number} is no address: "{plain(line)[:60]}"')
    if not tables and not others:
        raise ValueError("holds no address")
    return tables, others


def _feeds(tokens: list[str]) -> list[Table]:
    """Return the feeds of a line, which begins with an address; usually it is the only one."""
    first = _web_address(tokens[0])
    if first is None:
        return []
    more = {token: url for token in tokens[1:] if "://" in token and (url := _web_address(token))}
    details = dict(_details([token for token in tokens[1:] if token not in more]))
    return [{"url": url} | details for url in (first, *more.values())]


def _web_address(token: str) -> str | None:
    """Return the address of a feed; one without a scheme must look like a host name."""
    try:
        address = pasted_address(token)
    except ValueError:
        return None
    if "://" not in address and _HOST.fullmatch(address):
        address = f"https://{address}"
    return absolute(address)


def _details(tokens: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the tags of a feed, unless a comment follows the address."""
    if tokens and tokens[0].startswith("#"):
        return
    texts = [text for token in tokens if (text := plain(token))]
    if names := [text[1:].strip() for text in texts if text.startswith("~")]:
        yield "name", names[0]
    if tags := [text for text in dict.fromkeys(texts) if not text.startswith(("~", "!"))]:
        yield "tags", tags
