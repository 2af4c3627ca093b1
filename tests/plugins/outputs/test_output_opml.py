"""The OPML output: the sources as a list that readers import."""

from __future__ import annotations

import listparser
from sample_edition import EDITION, SUBSCRIPTIONS, edition, made


def test_readers_find_every_feed() -> None:
    found = listparser.parse(made("opml"))
    assert not found.bozo
    assert found.meta.title == "London Daily"
    expected = {(one.name, one.feed) for one in SUBSCRIPTIONS if one.feed}
    assert {(feed.title, feed.url) for feed in found.feeds} == expected


def test_it_depends_on_the_sources_only() -> None:
    assert made("opml") == made("opml", edition(subscriptions=EDITION.subscriptions))
