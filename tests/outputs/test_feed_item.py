"""The items of feeds: stories or articles, each with one picture, its media, and an id for ever."""

from __future__ import annotations

import json

import feedparser
import msgspec
import pytest
from feed_rules import check_atom, check_json_feed, check_rss
from lxml import etree
from sample_edition import BRIDGE, METRO, NOON, RIVER, article, edition, render, story

from aggregator import Copy, Enclosure, Outlet, Story
from aggregator.outputs.feed_document import FeedOptions
from aggregator.outputs.feed_item import article_guid
from aggregator.outputs.rss import rss_feed

MEDIA = "{http://search.yahoo.com/mrss/}"


def items(*stories: Story) -> list[etree._Element]:
    return check_rss(render("rss", edition(*stories))).findall("item")


def test_six_crops_are_one_picture() -> None:
    address = "https://river.example/p.jpg"
    crops = tuple(Enclosure(f"{address}?w={width}", "image/jpeg", 0) for width in range(100, 700, 100))
    member = story(1, article(RIVER, "T", 1, enclosures=crops, image=address))
    (item,) = items(member)
    assert item.find("enclosure") is None
    assert [one.get("url") for one in item.iter(f"{MEDIA}content", f"{MEDIA}thumbnail")] == [address, address]
    (parsed,) = json.loads(render("jsonfeed", edition(member)))["items"]
    assert parsed["image"] == address and "attachments" not in parsed


def test_one_enclosure_and_the_rest_as_media() -> None:
    files = (
        Enclosure("https://river.example/talk.pdf", "application/pdf", 9),
        Enclosure("https://river.example/1.mp3", "audio/mpeg", None, 60),
        Enclosure("https://river.example/2.mp3", "audio/mpeg", 7),
    )
    (item,) = items(story(1, article(RIVER, "T", 1, enclosures=files)))
    (enclosure,) = item.findall("enclosure")
    assert dict(enclosure.attrib) == {"url": files[1].url, "length": "0", "type": "audio/mpeg"}
    media = [dict(one.attrib) for one in item.findall(f"{MEDIA}content")]
    assert media == [
        {"url": files[2].url, "fileSize": "7", "type": "audio/mpeg"},
        {"url": files[0].url, "fileSize": "9", "type": "application/pdf"},
    ]


def test_rss_says_when_a_story_had_news() -> None:
    news = msgspec.structs.replace(BRIDGE, revised=NOON.replace(hour=20))
    (entry,) = feedparser.parse(render("rss", edition(news))).entries
    assert (entry.published_parsed[3], entry.updated_parsed[3]) == (9, 20)


def test_items_are_articles_on_request() -> None:
    first = article(RIVER, "First", 5, updated=NOON)
    second = article(METRO, "Second", 3)
    same = second.replace(title="Second, in another section")  # one guid in two feeds of an outlet
    copied = Copy(article(Outlet("Mirror"), "First", 4), first.id)
    members = edition(story(1, first, second, copies=(copied,)), story(2, same))
    for name, check in (("rss", check_rss), ("atom", check_atom), ("jsonfeed", check_json_feed)):
        body = render(name, members, by="article")
        check(body, ())
        if name != "jsonfeed":
            entries = feedparser.parse(body).entries
            assert [entry.id for entry in entries] == [article_guid(first), article_guid(second)]
            assert entries[0].updated_parsed[3] == NOON.hour and "Also" not in str(entries[0])


def test_the_guid_of_an_article_depends_on_its_id_and_site_only() -> None:
    one = article(RIVER, "T", 1)
    moved = one.replace(
        url="https://river.example/new", title="Other", source=Outlet("New", "http://www.river.example")
    )
    assert article_guid(one) == article_guid(moved) == "urn:uuid:16e975e2-c65d-5053-a8ce-e2792a3d8ea1"
    assert len({article_guid(one), article_guid(one.replace(id="x")), article_guid(one.replace(source=METRO))}) == 3


@pytest.mark.parametrize(("style", "marks"), [(None, 0), ("style.css", 2)])
def test_a_feed_of_some_stories_for_other_plugins(style: str | None, marks: int) -> None:
    options = FeedOptions(title="London", home="https://daily.example/london/", hub="https://hub.example/", style=style)
    body = rss_feed(edition(), [BRIDGE], "https://daily.example/london/feed.xml", options)
    channel = check_rss(body)
    assert (channel.findtext("title"), channel.findtext("link")) == ("London", "https://daily.example/london/")
    parsed = feedparser.parse(body)
    assert [entry.id for entry in parsed.entries] == [BRIDGE.id]
    links = {link.rel: link.href for link in parsed.feed.links}
    assert (links["self"], links["hub"]) == ("https://daily.example/london/feed.xml", "https://hub.example/")
    assert body.count(b"style.css") == marks / 2 and body.count(b"<h:") == (3 if style else 0)


def test_a_story_is_rendered_again_if_an_outlet_has_another_name() -> None:
    full = edition(BRIDGE)
    outlet = BRIDGE.shown.source
    short = msgspec.structs.replace(full, outlet_names={outlet.name: "Short"})
    other = msgspec.structs.replace(full, outlet_names={"Of no story": "Other"})
    names = [json.loads(render("jsonfeed", one))["items"][0]["_aggregate"]["source"]["name"] for one in (full, short)]
    assert names == [outlet.name, "Short"]
    assert render("rss", other) == render("rss", full) != render("rss", short)
