"""Read feeds, well-formed or not: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.errors import SourceError
from aggregator.model import Channel, Item


def read_feed(body: bytes, url: str, content_type: str = "") -> Iterator[Channel | Item]:
    """Yield the `Channel` of a feed and then its `Item`s. Suited for a `Reading`.

    `url`: where the feed came from, the base of its relative addresses; `content_type`: the header of that name.
    Fetches nothing. Raises SourceError if the body is not a feed, and after the last item if the feed has a flaw.
    """
    from aggregator.feeds.parse import parse  # 50 ms, which the start of the command line can do without

    parsed = parse(body, url, content_type)
    yield parsed.channel
    yield from parsed.items
    if parsed.flaw:
        raise SourceError(parsed.flaw)
