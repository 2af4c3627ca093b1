"""The text of an item: its picture, other outlets, copies, and stories that it includes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from feed_findings import fragment_problems
from sample_edition import BRIDGE, HARBOUR, METRO, NOON, PITCH, RIVER, article, edition, publication, render, story

from aggregator import Copy, Edition, Outlet
from aggregator.model import StoryReference
from aggregator.outputs.page_names import story_page
from aggregator.outputs.story_html import MOST_LISTED, story_html

EDITION = edition()


def html(of: Any, shown_in: Edition = EDITION) -> str:
    text = story_html(of, shown_in)
    assert list(fragment_problems(text)) == []
    return text


def pictures(text: str) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', text)


def test_the_picture_is_in_the_text_once() -> None:
    photo = "https://river.example/photo.jpg"
    shows_none = story(1, article(RIVER, "A “quoted” <title>", 1, content="<p>Text</p>", image=photo))
    assert pictures(html(shows_none)) == [photo]
    assert 'alt="A “quoted” &lt;title&gt;"' in html(shows_none)
    crop = "https://river.example/photo-300.jpg"
    shows_crop = story(1, article(RIVER, "T", 1, content=f'<p>Text</p><img src="{crop}">', image=photo))
    assert pictures(html(shows_crop)) == [crop]
    assert pictures(html(story(1, article(RIVER, "T", 1, image="javascript:alert(1)")))) == []


def test_an_edition_without_pictures_has_none() -> None:
    content = (
        '<p>Text</p><figure><img src="https://a.example/1.jpg"></figure>'
        '<picture><source srcset="https://a.example/2.jpg"><img src="https://a.example/3.jpg"></picture>'
        '<video src="https://a.example/4.mp4" poster="https://a.example/5.jpg"></video>'
    )
    member = story(1, article(RIVER, "T", 1, "S", content=content, image="https://a.example/6.jpg"))
    plain = edition(member, pictures="none")
    for name in ("rss", "atom", "jsonfeed"):
        body = render(name, plain).decode()
        assert "4.mp4" in body and ".jpg" not in body and "<figure>" not in body
        assert ".jpg" in render(name, edition(member)).decode()


def test_each_outlet_is_listed_once_the_newest_first_with_a_date() -> None:
    text = html(
        story(
            1,
            article(RIVER, "First", 9),
            article(METRO, "Second", 8),
            article(HARBOUR, "Third", 7),
            article(METRO, "Fourth", 6),
            article(RIVER, "Fifth", 5),
        )
    )
    assert "Also covered by 2 other outlets:" in text
    assert re.findall(r"<li>([^:]+): <a href=\"[^\"]+\">(\w+)</a> \((\d+ \w+ \d{4}), ", text) == [
        ("Harbour Times", "Third", "24 November 2026"),
        ("Metro Ledger", "Second", "24 November 2026"),
    ]


def test_dates_are_in_the_language_and_time_zone_of_the_edition() -> None:
    member = story(1, article(RIVER, "First", 1), article(METRO, "Second", 0))
    assert "24. November 2026, 13:30 MEZ" in html(member, edition(locale="de", timezone="Europe/Berlin"))


def test_a_long_list_is_cut() -> None:
    outlets = [Outlet(f"Outlet {number}", f"https://o{number}.example/") for number in range(1 + MOST_LISTED + 25)]
    text = html(story(1, *(article(outlet, "T", 40 - number) for number, outlet in enumerate(outlets))))
    assert text.count("<li>") == MOST_LISTED + 1 and "<li>and 25 more</li>" in text
    assert f"Also covered by {MOST_LISTED + 25} other outlets" in text and "Outlet 37:" in text


def test_copies_of_other_outlets_are_listed() -> None:
    first = article(RIVER, "First", 3)
    copies = tuple(Copy(article(outlet, "Copy", 2), first.id) for outlet in (PITCH, RIVER, PITCH))
    text = html(story(1, first, copies=copies))
    assert text.count("<li>") == 1 and "Also published by:" in text and "Also covered" not in text


def test_merged_stories_are_named() -> None:
    merged = (
        StoryReference("urn:uuid:1", "Bridge <closed>", "https://metro.example/closed", NOON),
        StoryReference("urn:uuid:2", "No address"),
    )
    text = html(msgspec.structs.replace(BRIDGE, merged=merged))
    assert "This story now includes:" in text
    assert '<li><a href="https://metro.example/closed">Bridge &lt;closed&gt;</a></li><li>No address</li>' in text


def test_the_article_that_is_shown_is_linked() -> None:
    first, other = article(RIVER, "First", 2), article(METRO, "Second", 1, "Summary")
    text = html(msgspec.structs.replace(story(1, first, other), display=other))
    assert '<p>Source: <a href="https://metro.example/second">Metro Ledger</a></p>' in text
    assert "Also covered by 1 other outlet:" in text and 'href="https://river.example/first"' in text
    assert '<p>Source: <a href="https://river.example/">River Post</a></p>' in html(story(1, first))


@pytest.mark.parametrize("name", ["rss", "atom", "jsonfeed"])
def test_names_of_outlets_are_those_of_the_edition(name: str) -> None:
    named = edition(BRIDGE, outlet_names={"River Post": "The Post", "Metro Ledger": "Ledger"})
    body = render(name, named).decode()
    assert "The Post" in body and "Ledger" in body and "Metro Ledger" not in body


def test_the_rest_of_a_long_list_is_on_the_page_of_the_story() -> None:
    outlets = [Outlet(f"Outlet {number}") for number in range(20)]
    long = story(1, *(article(outlet, "T", 40 - number) for number, outlet in enumerate(outlets)))
    site = edition(publications=(publication("html", ""), publication("rss", "feed.xml")))
    address = f"https://daily.example/{story_page(long)}"
    assert f'<li><a href="{address}">and 7 more</a></li>' in html(long, site)
    page = edition(publications=(publication("html", "index.html"),))
    assert "<li>and 7 more</li>" in html(long, page)


def test_addresses_in_texts_are_valid() -> None:
    content = """<a href='https://a.example/a "b" c|d?e=é&amp;f'>x</a><img src="https://a.example/1 2.jpg" alt="a b">"""
    text = html(story(1, article(RIVER, "T", 1, content=content)))
    assert 'href="https://a.example/a%20%22b%22%20c%7Cd?e=%C3%A9&amp;f"' in text
    assert 'src="https://a.example/1%202.jpg"' in text and 'alt="a b"' in text
