"""Writes an Atom 1.0 feed (RFC 4287): one entry per story or article, the last changed first.

    [[outputs]]
    plugin = "atom"
    path = "public/atom.xml"
    by = "article"                               # optional: an item per article, without copies
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

The `id` of an entry is that of the story or article, which never changes; `published` is the date of the article that
began the story; `updated` changes only if a reader has a reason to look again: another headline or summary, a
correction by the source, or an outlet with a text of its own. Title and text are those of one article of the story. The
others are listed below the text, and as links with `rel="related"`. All audio and video enclosures are included, and
one picture. `source` is the feed of the outlet; its `updated` is the date of the newest article of it in this document.

Further pages and the style sheet are in the folder beside the feed, `public/atom/`; the output `rss` explains them.

Limits: the self link, which a hub requires, and links between pages need the `url` of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Deferred, Delivery, Edition, Register, hookimpl
from aggregator.outputs.feed_options import Hub, Items
from aggregator.outputs.listing import lists_all, only_lists
from aggregator.outputs.websub import send_ping, with_ping


@lists_all
@only_lists
def atom(
    edition: Edition, *, by: Items = "story", hub: Hub = None
) -> Iterator[tuple[str, bytes | Deferred] | Delivery]:
    """Writes an Atom 1.0 feed, one entry per story or article."""
    from aggregator.outputs.atom import render_atom
    from aggregator.outputs.feed_document import FeedOptions, feed_files

    yield from with_ping(feed_files(edition, render_atom, FeedOptions(by=by, hub=hub)), edition, hub)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(atom, deliver=send_ping, files=True)
