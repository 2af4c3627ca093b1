"""The Atom output: its content, and the rules of RFC 4287."""

from __future__ import annotations

import feedparser
import pytest
from feed_rules import ATOM, MALICIOUS, check_atom
from lxml import etree
from sample_edition import BRIDGE, EDITION, OWLS, PODCAST, RIVER, article, edition, hostile_edition, render, story

from aggregator import Edition, Enclosure, Outlet, Publication, Story


def entry(of: Story) -> etree._Element:
    element = check_atom(render("atom", edition(of))).find(f"{ATOM}entry")
    assert element is not None
    return element


def links(of: etree._Element, rel: str) -> list[dict[str, str]]:
    return [dict(link.attrib) for link in of.findall(f"{ATOM}link") if link.get("rel", "alternate") == rel]


@pytest.mark.parametrize("sample", [EDITION, edition(), edition(url="", tagline="", title=""), hostile_edition()])
def test_the_feed_is_valid(sample: Edition) -> None:
    check_atom(render("atom", sample, hub="https://hub.example/"), ignored=MALICIOUS)


def test_feedparser_reads_the_same_values() -> None:
    parsed = feedparser.parse(render("atom", hub="https://hub.example/"))
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    assert [parsed_entry.title for parsed_entry in parsed.entries] == [story.title for story in EDITION.newest]
    lead = parsed.entries[0]
    assert (lead.id, lead.link) == (BRIDGE.id, BRIDGE.url)
    assert (lead.published, lead.updated) == (BRIDGE.published.isoformat(), BRIDGE.updated.isoformat())
    assert [author.name for author in lead.authors] == ["Ada Lark", "Tom Fenn"]
    assert lead.summary == BRIDGE.representative.summary
    assert "Also covered by" in lead.content[0].value
    assert lead.source.title == "River Post"


def test_the_feed_has_self_page_and_hub_links() -> None:
    feed = check_atom(render("atom", hub="https://hub.example/"))
    assert feed.findtext(f"{ATOM}id") == "https://daily.example/atom.xml"
    assert links(feed, "self") == [
        {"href": "https://daily.example/atom.xml", "rel": "self", "type": "application/atom+xml"}
    ]
    assert [link["href"] for link in links(feed, "alternate")] == ["https://daily.example/"]
    assert [link["href"] for link in links(feed, "hub")] == ["https://hub.example/"]


def test_all_enclosures_but_pictures_are_listed() -> None:
    (sound,) = links(entry(PODCAST), "enclosure")
    assert (sound["type"], sound["length"]) == ("audio/mpeg", "24986239")
    files = tuple(Enclosure(f"https://a.example/{name}") for name in ("1.mp3", "2.mp4", "3.pdf", "4.jpg"))
    of_all = links(entry(story(1, article(RIVER, "T", 1, enclosures=files))), "enclosure")
    assert [(link["href"][-5:], link.get("length")) for link in of_all] == [
        ("1.mp3", None),
        ("2.mp4", None),
        ("3.pdf", None),
    ]


def test_the_source_has_id_title_and_date() -> None:
    source = entry(BRIDGE).find(f"{ATOM}source")
    assert source is not None
    assert [(str(child.tag).removeprefix(ATOM), child.text or child.get("href")) for child in source] == [
        ("id", "https://river.example/feed.xml"),
        ("title", "River Post"),
        ("updated", "2026-11-24T09:30:00+00:00"),
        ("link", "https://river.example/"),
    ]
    unknown = entry(story(1, article(Outlet("Nowhere"), "T", 1))).find(f"{ATOM}source")
    assert unknown is not None and (unknown.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")


def test_the_other_articles_are_related_links() -> None:
    related = links(entry(BRIDGE), "related")
    assert [link["title"].split(":")[0] for link in related] == [
        "Metro Ledger",
        "Harbour Times",
        "Circuit & Co",
        "Rheinische Tagesschau",
        "Touchline",
    ]
    assert len(links(entry(BRIDGE), "alternate")) == 1


def test_a_feed_without_an_address_has_a_permanent_id() -> None:
    nowhere = edition(OWLS, url="", itself=Publication("atom", "atom.xml", "atom.xml"), publications=())
    feed = check_atom(render("atom", nowhere))
    assert (feed.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
    assert feed.find(f"{ATOM}link") is None
    assert render("atom", nowhere) == render("atom", nowhere)


def test_the_language_is_that_of_all_stories() -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert check_atom(render("atom", edition(BRIDGE, OWLS))).get(lang) == "en"
    assert check_atom(render("atom")).get(lang) is None
