"""An Atom 1.0 feed (RFC 4287): one entry a story, newest first.

    [[outputs]]
    plugin = "atom"
    path = "public/atom.xml"
    hub = "https://pubsubhubbub.appspot.com/"    # optional: a WebSub hub

An entry's `id` is the story's, which never changes; `published` is the date of the article that founded the story,
`updated` that of its newest. Title, link and text are the founder's; the other articles stand below the text, and as
links with `rel="related"`. All enclosures are listed.

Limits: a self link, which a hub needs, is there only when the configuration has a `url`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregator import Edition, Register, Story, hookimpl

from ._feed import Hub, authors, feed_title
from ._story import headline, legal, others, reprints, web_address


def atom(edition: Edition, *, hub: Hub = None) -> Iterator[tuple[str, bytes]]:
    """An Atom 1.0 feed, one entry a story."""
    from ._feedgen import add_entry, make_feed

    edition = legal(edition)
    feed = make_feed(edition, "application/atom+xml", hub)
    feed.author(name=feed_title(edition))
    home = web_address(edition.url)
    if home:
        feed.link(href=home, rel="alternate", type="text/html")
    for story in edition.newest:
        _complete(add_entry(feed, story), story)
    yield "", feed.atom_str(pretty=True)


def _complete(entry: Any, story: Story) -> None:
    """Add what Atom says in its own way."""
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
    register(atom)
