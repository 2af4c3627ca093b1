"""Feeds as documents: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1, broken or whole."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.errors import SourceError
from aggregator.model import Channel, Item


def read_feed(body: bytes, url: str, content_type: str = "") -> Iterator[Channel | Item]:
    """What a feed says of itself, a `Channel`, and then its `Item`s. Made for a `Reading`.

    `url`: where it came from, to which its relative addresses are relative; `content_type`: the header of that name.
    Nothing is fetched. Raises SourceError for what is no feed, and after the items of one that has a flaw.
    """
    from aggregator.feeds.parse import parse  # 50 ms, which the command line's start need not pay

    parsed = parse(body, url, content_type)
    yield parsed.channel
    yield from parsed.items
    if parsed.flaw:
        raise SourceError(parsed.flaw)
