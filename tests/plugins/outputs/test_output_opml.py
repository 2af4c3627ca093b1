"""The OPML output: the sources as a subscription list."""

from __future__ import annotations

import listparser
from sample_edition import EDITION, SUBSCRIPTIONS, edition, render


def test_the_list_contains_every_feed() -> None:
    parsed = listparser.parse(render("opml"))
    assert not parsed.bozo
    assert parsed.meta.title == "London Daily"
    expected = {(source.name, source.feed) for source in SUBSCRIPTIONS if source.feed}
    assert {(feed.title, feed.url) for feed in parsed.feeds} == expected


def test_the_list_depends_only_on_the_sources() -> None:
    assert render("opml") == render("opml", edition(subscriptions=EDITION.subscriptions))
