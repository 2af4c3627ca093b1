"""What a program printed, as items."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Channel, Item, SourceError
from aggregator.feeds import read_feed
from aggregator.feeds.jsonl import parse_line, read_lines, to_item
from aggregator.text.plain import printable, shorten

SHOWN = 80
"""Characters of what is no article that a message shows."""
PATIENCE = 1000
"""Lines without an article after which there will be none."""
_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks and white space


def read_output(body: bytes) -> Iterator[Channel | Item | None]:
    """The items of a feed, of a JSON list, or of JSON lines. Raises SourceError for what is none of these."""
    if body.lstrip(_BEFORE_MARKUP).startswith(b"<"):
        return read_feed(body, "")
    whole = parse_line(body)  # of JSON lines, no more than the first is read
    if isinstance(whole, dict) and "items" in whole:
        return read_feed(body, "")
    if isinstance(whole, list):
        return map(to_item, whole)
    return iter([to_item(whole)]) if isinstance(whole, dict) else _lines(body)


def _lines(body: bytes) -> Iterator[Item | None]:
    found = False
    for number, item in enumerate(read_lines(body), 1):
        found = found or item is not None
        if not found and number == PATIENCE:
            break
        yield item
    if not found:
        first = printable(body.strip().partition(b"\n")[0].decode("utf-8", "replace"))
        raise SourceError(f'printed neither JSON lines nor a feed, but "{shorten(first, SHOWN)}"')
