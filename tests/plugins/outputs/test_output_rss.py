"""The RSS output: its content, and the rules of the format."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import feedparser
import pytest
from feed_rules import ATOM, CONTENT, MALICIOUS, check_rss
from lxml import etree
from sample_edition import (
    BRIDGE,
    EDITION,
    GERMAN,
    NOON,
    OWLS,
    PODCAST,
    RIVER,
    article,
    edition,
    hostile_edition,
    render,
    story,
)

from aggregator import Edition, Enclosure, Outlet, Publication, Story
from aggregator.model import EPOCH
from aggregator.plugin.loader import load_plugins

DC = "{http://purl.org/dc/elements/1.1/}"


def item(of: Story) -> etree._Element:
    element = check_rss(render("rss", edition(of))).find("item")
    assert element is not None
    return element


@pytest.mark.parametrize("sample", [EDITION, edition(), edition(url="", tagline="", title=""), hostile_edition()])
def test_the_feed_is_valid(sample: Edition) -> None:
    check_rss(render("rss", sample, hub="https://hub.example/"), ignored=MALICIOUS)


def test_feedparser_reads_the_same_values() -> None:
    parsed = feedparser.parse(render("rss", hub="https://hub.example/"))
    assert (parsed.bozo, parsed.version) == (False, "rss20")
    assert (parsed.feed.title, parsed.feed.subtitle) == ("London Daily", "Focus on the big picture.")
    assert {link.rel: link.href for link in parsed.feed.links} == {
        "alternate": "https://daily.example/",
        "self": "https://daily.example/feed.xml",
        "hub": "https://hub.example/",
    }
    assert [entry.title for entry in parsed.entries] == [covered.title for covered in EDITION.newest]
    lead = parsed.entries[0]
    assert (lead.id, lead.link, lead.guidislink) == (BRIDGE.id, BRIDGE.url, False)
    assert parsedate_to_datetime(lead.published) == BRIDGE.published
    assert [author.name for author in lead.authors] == ["Ada Lark", "Tom Fenn"]
    assert [tag.term for tag in lead.tags] == ["london", "business", "technology", "world"]
    assert lead.summary == BRIDGE.representative.summary
    assert lead.media_thumbnail == [{"url": "https://river.example/bridge.jpg"}]


def test_the_text_is_safe_and_lists_other_outlets() -> None:
    text = item(BRIDGE).findtext(CONTENT) or ""
    assert "script" not in text and "onclick" not in text and "<b>east of the docks</b>" in text
    assert 'href="https://river.example/lifts"' in text
    also, copies = text.split("Also published by")
    assert (
        also.index("Also covered by 4 other outlets") < also.index("Rheinische Tagesschau") < also.index("Metro Ledger")
    )
    assert "<a href=" in copies and "Touchline" in copies


def test_the_description_is_escaped_html() -> None:
    odd = story(1, article(RIVER, "AT&T < 5 > 3", 1, "1 < 2 & <b>not bold</b>"))
    assert item(odd).findtext("description") == "1 &lt; 2 &amp; &lt;b&gt;not bold&lt;/b&gt;"
    assert item(odd).findtext("title") == "AT&T < 5 > 3"


def test_the_first_audio_or_video_is_the_enclosure() -> None:
    (enclosure,) = item(PODCAST).findall("enclosure")
    assert dict(enclosure.attrib) == {
        "url": "https://circuit.example/weather.mp3",
        "length": "24986239",
        "type": "audio/mpeg",
    }


@pytest.mark.parametrize(
    ("enclosure", "type_", "length"),
    [
        (Enclosure("https://a.example/x.mp3?y=1"), "audio/mpeg", "0"),
        (Enclosure("https://a.example/x", duration=9), "application/octet-stream", "0"),
        (Enclosure("https://a.example/x.mp3", "audio/x-own", 0), "audio/x-own", "0"),
        (Enclosure("https://a.example/x.ogg", "MP3 file", -1), "audio/ogg", "0"),
    ],
)
def test_unknown_properties_of_an_enclosure(enclosure: Enclosure, type_: str, length: str) -> None:
    (element,) = item(story(1, article(RIVER, "T", 1, enclosures=(enclosure,)))).findall("enclosure")
    assert (element.get("type"), element.get("length")) == (type_, length)


@pytest.mark.parametrize(
    ("outlet", "url"),
    [(RIVER, "https://river.example/feed.xml"), (Outlet("New", "https://new.example/"), "https://new.example/")],
)
def test_the_source_is_the_feed_of_the_outlet_or_its_page(outlet: Outlet, url: str) -> None:
    element = item(story(1, article(outlet, "T", 1))).find("source")
    assert element is not None and (element.get("url"), element.text) == (url, outlet.name)
    assert item(story(1, article(Outlet("Nameless"), "T", 1))).find("source") is None


def test_an_article_without_title_or_address_is_an_item() -> None:
    untitled = story(1, article(RIVER, "", 1, "A note without a title.", url=None))
    assert item(untitled).findtext("title") == "A note without a title."
    assert item(untitled).find("link") is None
    bare = item(story(1, article(RIVER, "", 1, url=None)))
    assert (bare.findtext("title"), bare.findtext(f"{DC}creator")) == ("River Post", "River Post")


def test_the_channel_has_the_language_of_all_stories() -> None:
    assert check_rss(render("rss")).find("language") is None
    assert check_rss(render("rss", edition(BRIDGE, OWLS))).findtext("language") == "en"
    mixed = check_rss(render("rss", edition(BRIDGE, GERMAN))).findall("item")
    assert [one.findtext(f"{DC}language") for one in mixed] == ["en", "de"]


def test_a_feed_without_an_address_has_no_self_link() -> None:
    nowhere = edition(OWLS, url="", itself=Publication("rss", "feed.xml", "feed.xml"), publications=())
    channel = check_rss(render("rss", nowhere), ("recommended",))
    assert channel.find(f"{ATOM}link") is None
    assert channel.findtext("link") == "https://river.example/"  # of the first outlet: readers store it as a web page
    unknown = edition(url="", sources=(), itself=Publication("rss", "feed.xml", "feed.xml"), publications=())
    assert check_rss(render("rss", unknown)).findtext("link") == "about:blank"


def test_dates_are_independent_of_the_clock() -> None:
    built = check_rss(render("rss")).findtext("lastBuildDate")
    assert parsedate_to_datetime(str(built)) == NOON
    assert check_rss(render("rss", edition(date=EPOCH))).find("lastBuildDate") is None


@pytest.mark.parametrize("name", ["rss", "atom", "jsonfeed"])
def test_a_hub_must_be_a_web_address(name: str) -> None:
    plugin = load_plugins([]).get("output", name)
    assert plugin.convert({"hub": "https://hub.example/"}) == ({"hub": "https://hub.example/"}, [])
    (problem,) = plugin.convert({"hub": "hub.example"})[1]
    assert problem.key == "hub"
