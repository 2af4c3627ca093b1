"""Writes an RSS 2.0 feed: one item per story or article, the last changed first.

    [[outputs]]
    plugin = "rss"
    path = "public/feed.xml"
    by = "article"                               # optional: an item per article, without copies
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

An item has the headline and the text of one article of its story, and links to the article that began it. Below the
text are the stories that were merged into it ("This story now includes"), the other outlets, the newest first ("Also
covered by": the first article of each, at most 12), and those with a copy ("Also published by"). `description` contains
the summary, `content:encoded` the text as safe HTML with absolute addresses. The `guid` is that of the story or article
and never changes: a feed reader shows it once. A story moves to the top if it has news: another headline or summary, a
correction by its source, or an outlet with a text of its own. `dcterms:modified` says when; `pubDate` stays.

One picture is in `media:content`, and in the text if that shows none; `pictures = "none"` leaves pictures out. RSS
allows one enclosure: the first audio or video; further ones are in `media:content`. An enclosure of unknown size has
the length 0, as the RSS Advisory Board recommends.

The feed lists 50 stories and all of the last day (at most 500), or `limit`. Those before them, back to the beginning
of the day before yesterday, are on pages in the folder beside it, `public/feed/2026-11-28.xml`, which link to each
other (RFC 5005, section 3): a reader that follows these links misses nothing. `public/feed/style.css` shows the feed
as a page to people who open it in a browser.

Limits: links between pages, and the self link, which a hub requires, need the `url` of the configuration. Without it
there are no pages, and the `link` of the channel is the home page of the first outlet, since RSS requires a link.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Deferred, Delivery, Edition, Register, hookimpl
from aggregator.outputs.feed_options import Hub, Items
from aggregator.outputs.listing import lists_all, only_lists
from aggregator.outputs.websub import send_ping, with_ping


@lists_all
@only_lists
def rss(edition: Edition, *, by: Items = "story", hub: Hub = None) -> Iterator[tuple[str, bytes | Deferred] | Delivery]:
    """Writes an RSS 2.0 feed, one item per story or article."""
    from aggregator.outputs.feed_document import FeedOptions, feed_files
    from aggregator.outputs.rss import render_rss

    yield from with_ping(feed_files(edition, render_rss, FeedOptions(by=by, hub=hub)), edition, hub)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(rss, deliver=send_ping, files=True)
