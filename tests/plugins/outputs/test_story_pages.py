"""The page of a story: all accounts, how the coverage grew, and where merged stories are now."""

from __future__ import annotations

import json

import msgspec
import pytest
from sample_edition import BRIDGE, HARBOUR, METRO, NOON, OWLS, RIVER, article, story
from sample_site import FERRY, links, page, pages, rendered, site, words

from aggregator import Copy
from aggregator.model import StoryReference
from aggregator.outputs.page_names import article_page, story_page


def test_what_it_consists_of() -> None:
    tree = page(story_page(BRIDGE))
    assert words(tree.find(".//h1")) == BRIDGE.title
    head = words(tree.find_class("story-head")[0])
    assert "6 articles from 6 outlets" in head
    assert "5 independent accounts" in head
    assert "independent" not in words(page(story_page(FERRY)).find_class("story-head")[0])


def test_each_outlet_is_listed_once_with_its_newest_headline() -> None:
    tree = page(story_page(FERRY))
    entries = tree.find_class("accounts")[0].findall("ol/li")
    assert [words(entry.find_class("outlet-line")[0].find("a")) for entry in entries] == [
        "Harbour Times",
        "River Post",
        "Metro Ledger",
        "Touchline",
    ]
    river = entries[1]
    assert words(river.find("h3")) == "Talks about the ferries fail"
    assert words(river.find("details/summary")) == "1 more article of this outlet"
    assert links(river.find("details")) == {"No ferries on Tuesday either": f"../../{article_page(FERRY.articles[1])}"}


def test_copies_are_listed_under_their_original() -> None:
    first, *others = page(story_page(BRIDGE)).find_class("accounts")[0].findall("ol/li")
    assert links(first.find_class("copies")[0]) == {"Touchline": BRIDGE.copies[0].article.url}
    assert not any(other.find_class("copies") for other in others)


def test_a_copy_of_an_article_that_is_elsewhere_is_listed_all_the_same() -> None:
    member = story(1, article(RIVER, "T", 2), copies=(Copy(article(METRO, "T", 1), "elsewhere"),))
    assert "Metro Ledger" in words(page(story_page(member), site(member)).find_class("accounts")[0])


class TestTimeline:
    def test_articles_are_in_order_by_day(self) -> None:
        growth = page(story_page(FERRY)).find_class("growth")[0]
        assert [words(day) for day in growth.findall("h3")] == [
            "Monday, 23 November 2026",
            "Tuesday, 24 November 2026",
        ]
        first, second = growth.findall("ol")
        assert [words(step.find("time")) for step in first] == ["16:30", "18:30"]
        assert [words(step.find("time")) for step in second] == ["06:30", "10:30", "11:30"]
        assert [step.get("class") for step in second] == ["joins", None, "joins"]

    def test_days_are_those_of_the_reader(self) -> None:
        growth = page(story_page(FERRY), site(FERRY, timezone="Asia/Tokyo")).find_class("growth")[0]
        assert [len(day) for day in growth.findall("ol")] == [5]

    def test_the_chart_has_a_text(self) -> None:
        growth = page(story_page(FERRY)).find_class("growth")[0]
        (drawing,) = growth.iter("svg")
        assert drawing.get("role") == "img"
        title = words(drawing.find("title"))
        assert title == "From 1 outlet, 23 November 2026, 16:30 UTC, to 4, 24 November 2026, 11:30 UTC"

    @pytest.mark.parametrize("hours", [(3, 2), (3, 3, 3)], ids=["too few outlets", "all at the same time"])
    def test_no_chart_without_growth(self, hours: tuple[float, ...]) -> None:
        outlets = (RIVER, METRO, HARBOUR)
        member = story(1, *(article(one, "T", hour) for one, hour in zip(outlets, hours, strict=False)))
        assert not list(page(story_page(member), site(member)).iter("svg"))

    def test_the_reasons_are_there_on_demand(self) -> None:
        (details,) = page(story_page(BRIDGE)).find_class("why")
        assert details.get("open") is None
        assert f"shares names with “{BRIDGE.title}”" in words(details)


def test_earlier_stories_of_the_storyline() -> None:
    (section,) = page(story_page(FERRY)).find_class("related")
    assert [*links(section)] == ["Wren Bridge opens", "Crews vote"]


def test_search_engines_index_the_page_under_its_own_address() -> None:
    tree = page(story_page(BRIDGE))
    assert tree.find(".//link[@rel='canonical']").get("href") == f"https://daily.example/{story_page(BRIDGE)}"
    assert not tree.findall(".//meta[@name='robots']")
    data = json.loads(tree.find(".//script").text)
    assert data["@type"] == "CollectionPage"
    assert [part["publisher"]["name"] for part in data["hasPart"]] == [one.source.name for one in BRIDGE.articles]


def test_a_story_of_one_article_has_only_the_page_of_that() -> None:
    names = pages(site(OWLS))
    assert story_page(OWLS) not in names
    assert article_page(OWLS.articles[0]) in names


class TestMergedStories:
    FORMER = FERRY.merged[0]

    def test_the_address_of_a_merged_story_leads_to_the_story_that_has_it_now(self) -> None:
        tree = page(story_page(self.FORMER))
        target = f"../../{story_page(FERRY)}"
        assert tree.find(".//meta[@http-equiv='refresh']").get("content") == f"0; url={target}"
        assert tree.find(".//link[@rel='canonical']").get("href") == f"https://daily.example/{story_page(FERRY)}"
        assert links(tree.find(".//main")) == {FERRY.title: target}

    def test_a_story_with_one_article_is_reached_too(self) -> None:
        member = msgspec.structs.replace(OWLS, merged=(self.FORMER,))
        tree = page(story_page(self.FORMER), site(member))
        assert links(tree.find(".//main")) == {OWLS.title: f"../../{article_page(OWLS.articles[0])}"}

    def test_a_story_that_was_split_off_again_has_its_own_page(self) -> None:
        bridge = StoryReference(BRIDGE.id, BRIDGE.title)
        merged = msgspec.structs.replace(FERRY, merged=(bridge,))
        assert b'http-equiv="refresh"' not in rendered(pages(site(BRIDGE, merged))[story_page(BRIDGE)])


def test_names_of_outlets_are_those_of_the_edition() -> None:
    tree = page(story_page(BRIDGE), site(BRIDGE, outlet_names={"River Post": "Post"}))
    assert words(tree.find_class("outlet-line")[0]).startswith("Post 24 November")


def test_the_headline_shown_is_that_of_the_story() -> None:
    member = msgspec.structs.replace(BRIDGE, display=BRIDGE.articles[2])
    tree = page(story_page(member), site(member))
    assert words(tree.find(".//h1")) == BRIDGE.articles[2].title
    assert words(tree.find_class("outlet-line")[0].find("a")) == "Harbour Times"


def test_older_stories_and_the_newest_have_pages() -> None:
    edition = site(BRIDGE, latest=(FERRY,), older=(OWLS,))
    names = pages(edition)
    for member in (BRIDGE, FERRY):
        assert story_page(member) in names
    assert article_page(OWLS.articles[0]) in names
    assert len([name for name in names if name.startswith("articles/")]) == 5 + 5 + 1


def test_times_are_machine_readable() -> None:
    times = [one.get("datetime") for one in page(story_page(FERRY)).iter("time")]
    assert NOON.replace(hour=6, minute=30).isoformat() in times
    assert all(times)
