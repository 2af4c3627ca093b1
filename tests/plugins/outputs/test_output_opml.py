"""The OPML output: the sources as a subscription list."""

from __future__ import annotations

import listparser
from feed_rules import check_opml
from sample_edition import EDITION, SUBSCRIPTIONS, edition, render

from aggregator import Subscription


def test_the_list_contains_every_feed() -> None:
    parsed = listparser.parse(render("opml"))
    assert not parsed.bozo
    assert parsed.meta.title == "London Daily"
    expected = {(source.name, source.feed) for source in SUBSCRIPTIONS if source.feed}
    assert {(feed.title, feed.url) for feed in parsed.feeds} == expected


def test_the_list_depends_only_on_the_sources() -> None:
    assert render("opml") == render("opml", edition(subscriptions=EDITION.subscriptions))


def test_addresses_are_absolute_or_absent() -> None:
    odd = (
        Subscription("A", "https://a.example/feed?x=[1] 2", "/home"),
        Subscription(" ", "https://b.example/feed", "javascript:alert(1)"),
        Subscription("C", "feed.xml", "https://c.example/é"),
    )
    outlines = list(check_opml(render("opml", edition(subscriptions=odd)), ("url",)).iter("outline"))
    assert [outline.get("htmlUrl") for outline in outlines] == [None, None, "https://c.example/%C3%A9"]
    assert [outline.get("xmlUrl") for outline in outlines] == [
        "https://a.example/feed?x=[1]%202",
        "https://b.example/feed",
        None,
    ]
    assert outlines[1].get("text") == "https://b.example/feed"
