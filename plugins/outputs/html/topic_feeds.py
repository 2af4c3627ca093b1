"""Writes an RSS feed for each topic, if the configuration has a `url`: the links of a feed are absolute."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b

import msgspec

from aggregator.model import Deferred

from .inner import Inner
from .topics import Topic

MOST = 100
"""Stories of a feed, at most: the newest."""


def topic_feeds(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the feeds."""
    if inner.has_feeds:
        feeds = [(one.name, one.feed) for one in inner.edition.subscriptions]
        common = inner.frame + msgspec.msgpack.encode(feeds)
        for topic in inner.topics.values():
            state = blake2b(common, digest_size=16)
            state.update(msgspec.msgpack.encode((topic.page, topic.label)))
            for story in topic.stories[:MOST]:
                state.update(inner.digest_of(story))
            yield topic.feed, Deferred(state.digest(), partial(_render, inner, topic))


def _render(inner: Inner, topic: Topic) -> bytes:
    from aggregator.outputs.feed_document import FeedOptions
    from aggregator.outputs.rss import rss_feed

    stories = topic.stories[:MOST]
    newest = max(story.updated for story in stories)
    edition = msgspec.structs.replace(inner.edition, date=newest, stories=(), sections=(), latest=(), older=())
    options = FeedOptions(title=f"{edition.title}: {topic.label}", home=inner.absolute(topic.page))
    return rss_feed(edition, stories, inner.absolute(topic.feed), options)
