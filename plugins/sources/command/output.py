"""Parses the output of a program into items."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Channel, Item, SourceError
from aggregator.feeds import read_feed
from aggregator.feeds.jsonl import parse_line, read_lines, to_item
from aggregator.text.plain import printable, shorten

EXCERPT_LENGTH = 80
"""Characters of unrecognised output in an error message."""
MAX_INVALID_LINES = 1000
"""Lines without an article after which reading stops."""
_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks and white space


def read_output(body: bytes) -> Iterator[Channel | Item | None]:
    """Return the items of a feed, a JSON list, or JSON lines. Raises SourceError for other output."""
    if body.lstrip(_BEFORE_MARKUP).startswith(b"<"):
        return read_feed(body, "")
    document = parse_line(body)  # decodes at most the first of several JSON lines
    if isinstance(document, dict) and "items" in document:
        return read_feed(body, "")
    if isinstance(document, list):
        return map(to_item, document)
    return iter([to_item(document)]) if isinstance(document, dict) else _lines(body)


def _lines(body: bytes) -> Iterator[Item | None]:
    has_items = False
    for number, item in enumerate(read_lines(body), 1):
        has_items = has_items or item is not None
        if not has_items and number == MAX_INVALID_LINES:
            break
        yield item
    if not has_items:
        first = printable(body.strip().partition(b"\n")[0].decode("utf-8", "replace"))
        raise SourceError(f'printed neither JSON lines nor a feed, but "{shorten(first, EXCERPT_LENGTH)}"')
