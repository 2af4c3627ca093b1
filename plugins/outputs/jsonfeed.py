"""Writes a JSON Feed 1.1: one item per story or article, the last changed first.

    [[outputs]]
    plugin = "jsonfeed"
    path = "public/feed.json"
    by = "article"                               # optional: an item per article, without copies
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

The `id` of an item is that of the story or article, which never changes; `date_modified` changes only if a reader has a
reason to look again. Title and text are those of one article of the story. The extension `_aggregate` contains the rest
of the story for programs: `source` (the outlet), `also` (the other articles), `copies` (articles with the same text),
`why` (the evidence that joined each article) and `includes` (stories that were merged into it); of an article, `source`
and `story` (the id of its story).

`next_url` leads to the stories before them, in the folder beside the feed, `public/feed/`; the output `rss` explains
these pages.

Limits: `feed_url`, `home_page_url` and `next_url` are present only if the configuration has a `url`.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Deferred, Delivery, Edition, Register, hookimpl
from aggregator.outputs.feed_options import Hub, Items
from aggregator.outputs.listing import lists_all, only_lists
from aggregator.outputs.websub import send_ping, with_ping


@lists_all
@only_lists
def jsonfeed(
    edition: Edition, *, by: Items = "story", hub: Hub = None
) -> Iterator[tuple[str, bytes | Deferred] | Delivery]:
    """Writes a JSON Feed 1.1, one item per story or article."""
    from aggregator.outputs.feed_document import FeedOptions, feed_files
    from aggregator.outputs.jsonfeed import render_json_feed

    yield from with_ping(feed_files(edition, render_json_feed, FeedOptions(by=by, hub=hub), styled=False), edition, hub)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(jsonfeed, deliver=send_ping, files=True)
