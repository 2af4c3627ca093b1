"""The Atom output: its content, and the rules of RFC 4287."""

from __future__ import annotations

import feedparser
import pytest
from feed_rules import ATOM, MALICIOUS, check_atom
from lxml import etree
from sample_edition import BRIDGE, EDITION, OWLS, PODCAST, edition, hostile_edition, render

from aggregator import Edition, Publication, Story


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


def test_all_enclosures_are_listed() -> None:
    cover, sound = links(entry(PODCAST), "enclosure")
    assert cover == {"rel": "enclosure", "href": "https://circuit.example/cover.png", "type": "image/png"}
    assert (sound["type"], sound["length"]) == ("audio/mpeg", "24986239")


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
