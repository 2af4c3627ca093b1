"""Writes an Atom 1.0 feed (RFC 4287): one entry per story, newest first.

    [[outputs]]
    plugin = "atom"
    path = "public/atom.xml"
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

The `id` of an entry is that of the story, which never changes; `published` is the date of the first article of the
story, `updated` that of its newest. Title, link and text are those of the first article. The other articles are listed
below the text, and as links with `rel="related"`. All enclosures are included.

Limits: the self link, which a hub requires, is present only if the configuration has a `url`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregator import Delivery, Edition, Register, Story, hookimpl
from aggregator.outputs.text import headline, legal, others, reprints, web_address

from ._feed import Hub, authors, feed_title
from ._websub import ping, send_ping


def atom(edition: Edition, *, hub: Hub = None) -> Iterator[tuple[str, bytes] | Delivery]:
    """Writes an Atom 1.0 feed, one entry per story."""
    from ._feedgen import add_entry, make_feed

    edition = legal(edition)
    feed = make_feed(edition, "application/atom+xml", hub)
    feed.author(name=feed_title(edition))
    home = web_address(edition.url)
    if home:
        feed.link(href=home, rel="alternate", type="text/html")
    for story in edition.newest:
        _complete(add_entry(feed, story), story)
    body = feed.atom_str(pretty=True)
    yield "", body
    yield from ping(edition, hub, body)


def _complete(entry: Any, story: Story) -> None:
    """Add the fields that differ from RSS."""
    from ._feedgen import enclosures

    article = story.representative
    if article.summary.strip():
        entry.summary(article.summary)
    entry.author([{"name": name} for name in authors(article)])
    entry.more.links = [*enclosures(story), *_related(story)]
    entry.source(url=web_address(article.source.url), title=article.source.name)


def _related(story: Story) -> Iterator[dict[str, str]]:
    for other in (*others(story), *reprints(story)):
        if address := web_address(other.url):
            yield {"rel": "related", "href": address, "title": f"{other.source.name}: {headline(other)}"}


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(atom, deliver=send_ping, files=True)
