"""The pages that list: topics, sources, the archive, the sitemap, and the index of the search."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import pytest
from sample_edition import BRIDGE, EDITION, NOON, OWLS, PITCH, RIVER, STORIES, article, output, story
from sample_site import (
    FERRY,
    SITE,
    TODAY,
    YESTERDAY,
    articles_of,
    links,
    page,
    pages,
    rendered,
    site,
    words,
    write_site,
    xml,
)

from aggregator import Outlet, Section, Subscription
from aggregator.model import Archive
from aggregator.outputs.page_names import (
    ARCHIVE_PAGE,
    SEARCH_PAGE,
    SOURCES_PAGE,
    TAGS_PAGE,
    article_page,
    edition_page,
    page_of,
    source_page,
    story_page,
    tag_page,
)


def rows(tree: Any) -> list[str]:
    return [words(heading) for heading in tree.findall(".//ol[@class='rows']/li//h3")]


class TestTopics:
    def test_stories_by_time_with_their_outlets(self) -> None:
        tree = page(tag_page("london"))
        assert words(tree.find(".//h1")) == "London"
        assert rows(tree)[:2] == [BRIDGE.title, "Night Tube returns to the Harrow line after signal tests"]
        assert links(tree)[BRIDGE.title] == f"../{page_of(BRIDGE)}"
        assert "River Post 6 outlets" in words(tree)

    def test_tags_that_differ_in_case_are_one_topic(self) -> None:
        one, other = (
            story(number, article(RIVER, f"T{number}", 1, tags=(tag,))) for number, tag in ((1, "AI"), (2, "ai"))
        )
        of = site(one, other, sections=(), subscriptions=())
        assert rows(page(tag_page("ai"), of)) == ["T2", "T1"]
        assert [name for name in pages(of) if name.startswith("tags/") and name.endswith(".html")] == [tag_page("ai")]

    def test_different_tags_have_different_pages(self) -> None:
        tags = ("C", "C++", "C#", "con", "..", "../../etc/passwd", "index", "world", "weltpolitik")
        stories = [story(number, article(RIVER, f"T{number}", 1, tags=(tag,))) for number, tag in enumerate(tags)]
        names = [name for name in pages(site(*stories)) if re.fullmatch(r"tags/.*\.html", name)]
        assert len({name.casefold() for name in names}) == len(tags)

    def test_the_configured_spelling_names_the_page(self) -> None:
        member = story(1, article(RIVER, "T", 1, tags=("uk news",)))
        section = Section("UK News", (member,), label="Home")
        tree = page(tag_page("UK News"), site(member, sections=(section,)))
        assert words(tree.find(".//h1")) == "Home"

    def test_each_topic_has_a_feed(self) -> None:
        made = pages()
        channel = xml(made["tags/london.xml"]).find("channel")
        assert channel.findtext("title") == "London Daily: London"
        assert channel.findtext("link") == f"https://daily.example/{tag_page('london')}"
        assert [one.text for one in channel.iterfind("item/title")] == rows(page(tag_page("london")))
        assert links(page(tag_page("london")))["RSS feed"] == "../tags/london.xml"

    def test_no_feeds_without_a_url(self) -> None:
        of = site(*SITE.stories, url="")
        assert not [name for name in pages(of) if name.endswith(".xml")]
        assert "RSS feed" not in links(page(tag_page("london"), of))

    def test_the_list_of_topics(self) -> None:
        index = page(TAGS_PAGE).find_class("index")[0]
        assert links(index)["London"] == tag_page("london")
        assert "3 stories" in words(index)

    def test_no_story_has_a_topic(self) -> None:
        assert "No story has a topic yet" in words(
            page(TAGS_PAGE, site(story(1, article(RIVER, "T", 1)), subscriptions=()))
        )


class TestSources:
    def test_articles_by_time(self) -> None:
        tree = page(source_page("Touchline"))
        assert words(tree.find(".//h1")) == "Touchline"
        assert rows(tree)[0] == "Cup match moved because of the ferries"
        copy = BRIDGE.copies[0].article
        assert links(tree)[copy.title] == f"../{story_page(BRIDGE)}"  # a copy has no page

    def test_the_list_names_home_page_feed_and_number(self) -> None:
        entries = {words(entry)[:10]: entry for entry in page(SOURCES_PAGE).find_class("index")[0]}
        river = entries["River Post"]
        assert links(river) == {
            "River Post": source_page("River Post"),
            "Home page: River Post": RIVER.url,
            "Feed: River Post": "https://river.example/feed.xml",
        }
        assert "6 articles" in words(river)

    def test_a_source_without_articles_is_listed(self) -> None:
        quiet = Outlet("Quiet", "https://quiet.example/")
        of = site(OWLS, sources=(quiet,), subscriptions=(Subscription("Quiet", "https://quiet.example/feed"),))
        entry = words(page(SOURCES_PAGE, of).find_class("index")[0])
        assert "Quiet Home page: Quiet Feed: Quiet" in entry
        assert source_page("Quiet") not in pages(of)

    def test_hostile_addresses_are_not_linked(self) -> None:
        bad = Outlet("Bad", "javascript:alert(1)")
        of = site(story(1, article(bad, "T", 1, url="javascript:x")), sources=(bad,))
        for name in (SOURCES_PAGE, source_page("Bad")):
            assert not [link for link in page(name, of).iter("a") if link.get("href").startswith("javascript")]


class TestArchive:
    def test_all_editions_as_a_calendar(self) -> None:
        days = (dt.date(2025, 12, 31), dt.date(2026, 2, 1), dt.date(2026, 11, 3), YESTERDAY, TODAY)
        tree = page(ARCHIVE_PAGE, archive=Archive(days))
        assert [words(heading) for heading in tree.iter("h2")] == ["2026", "2025"]
        assert [words(heading) for heading in tree.iter("h3")] == ["November", "February", "December"]
        calendars = tree.find_class("calendar")
        assert [len(calendar) for calendar in calendars] == [30, 28, 31]
        assert {link.get("href") for link in tree.find(".//main").iter("a")} >= {edition_page(day) for day in days}
        first = calendars[1].find(".//a")
        assert (words(first), first.get("aria-label")) == ("1", "Sunday, 1 February 2026")
        assert "from-6" in calendars[1].get("class")  # a Sunday, where weeks begin on Monday

    def test_the_latest_editions_are_listed_with_their_lead_stories(self) -> None:
        archive = Archive((YESTERDAY, TODAY), leads=("Cranes fall <b>still</b>", "Wren Bridge opens"))
        [listed] = page(ARCHIVE_PAGE, archive=archive).find_class("editions")
        assert [words(item.find(".//span")) for item in listed] == ["Wren Bridge opens", "Cranes fall <b>still</b>"]
        assert [item.find("a").get("href") for item in listed] == [edition_page(TODAY), edition_page(YESTERDAY)]

    def test_weeks_begin_as_in_the_language_of_the_reader(self) -> None:
        days = Archive((dt.date(2026, 2, 1),))
        tree = page(ARCHIVE_PAGE, site(OWLS, locale="en-US"), archive=days)
        assert "from-0" in tree.find_class("calendar")[-1].get("class")

    def test_nothing_yet(self) -> None:
        assert "There is no edition yet" in words(page(ARCHIVE_PAGE, site(), archive=Archive()))


class TestSitemap:
    def locations(self, body: Any) -> list[str]:
        return [one.text for one in xml(body).iterfind(".//{*}loc")]

    def test_each_day_has_a_list_of_the_pages_for_search_engines(self) -> None:
        made = pages()
        listed = self.locations(made["sitemaps/2026-11-24.xml"])
        assert len(listed) == len(set(listed))
        names = {one.removeprefix("https://daily.example/") or "index.html" for one in listed}
        assert names <= set(made)
        assert {story_page(BRIDGE), tag_page("london"), source_page("River Post"), edition_page(TODAY)} <= names
        assert not [name for name in names if name.startswith("articles/")]

    def test_the_index_has_the_days_that_were_written(self, tmp_path: Path) -> None:
        write_site(tmp_path, msgspec.structs.replace(SITE, date=NOON - dt.timedelta(days=1)))
        assert self.locations(pages(folder=tmp_path)["sitemap.xml"]) == [
            f"https://daily.example/sitemaps/{day}.xml" for day in (YESTERDAY, TODAY)
        ]

    def test_none_without_a_url(self) -> None:
        assert not [name for name in pages(site(OWLS, url="")) if "sitemap" in name]


class TestSearchIndex:
    def entries(self, body: Any) -> Any:
        text = rendered(body).decode()
        called = re.fullmatch(r'aggregateSearch\("[\w-]+",(.*)\);\n', text, re.DOTALL)
        assert called
        return json.loads(called[1])

    def test_each_article_is_in_the_file_of_its_day(self) -> None:
        entries = self.entries(pages()["search/2026-11-24.js"])
        assert len(entries) == len({article_page(one) for one in articles_of(SITE)})
        (bridge,) = [one for one in entries if one[0] == BRIDGE.title]
        assert bridge[1:4] == ["River Post", "2026-11-24T09:30Z", article_page(BRIDGE.articles[0])]
        assert [one[2] for one in entries] == sorted((one[2] for one in entries), reverse=True)

    def test_an_entry_stays_when_its_story_has_left_the_edition(self, tmp_path: Path) -> None:
        write_site(tmp_path, site(BRIDGE))
        write_site(tmp_path, site(OWLS, outlet_names={"River Post": "Post"}))
        found = {one[0]: one[1] for one in self.entries((tmp_path / "search/2026-11-24.js").read_bytes())}
        assert found[OWLS.title] == "Post"
        assert found[BRIDGE.title] == "River Post"

    @pytest.mark.parametrize(
        "damage", [b"", b"\xff\xfe", b'aggregateSearch("2026-11-24",[["a"],1,null,{}]);', b"[" * 9999]
    )
    def test_a_damaged_file_is_replaced(self, damage: bytes, tmp_path: Path) -> None:
        write_site(tmp_path, site(BRIDGE))
        (tmp_path / "search/2026-11-24.js").write_bytes(damage)
        write_site(tmp_path, site(OWLS))
        assert [one[0] for one in self.entries((tmp_path / "search/2026-11-24.js").read_bytes())] == [OWLS.title]

    def test_all_days_are_listed_newest_first(self, tmp_path: Path) -> None:
        (tmp_path / "search").mkdir()
        for name in ("2026-11-22.js", "notes.js", "2026-11-23.js.bak"):
            (tmp_path / "search" / name).write_bytes(b"x")
        assert self.entries(pages(folder=tmp_path)["search/days.js"]) == ["2026-11-24", "2026-11-22"]

    def test_a_script_cannot_be_ended_by_a_text(self) -> None:
        member = story(1, article(RIVER, 'a</script>"];alert(1)//', 1, "\\", id="x"))
        of = site(member, outlet_names={"River Post": "Post\u2028\u2029</script>"})
        body = rendered(pages(of)["search/2026-11-24.js"]).decode()
        assert not {"<", "\u2028", "\u2029"} & set(body)
        assert self.entries(body.encode())[0][:2] == [member.title, "Post\u2028\u2029</script>"]

    def test_articles_from_before_are_in_the_files_of_their_days(self) -> None:
        old = article(RIVER, "T", 1, first_seen=NOON - dt.timedelta(days=40))
        made = pages(site(story(1, old), OWLS))
        assert {name for name in made if name.startswith("search/")} == {
            "search/2026-10-15.js",
            "search/2026-11-24.js",
            "search/days.js",
        }

    def test_the_page_works_without_javascript(self) -> None:
        tree = page(SEARCH_PAGE)
        form = tree.find(".//form")
        assert (form.get("action"), form.get("method")) == (SEARCH_PAGE, "get")
        assert ARCHIVE_PAGE in [link.get("href") for link in tree.find(".//noscript").iter("a")]

    def test_the_script_is_small(self) -> None:
        assert len(rendered(pages()["search.js"])) < 6000


def test_every_link_within_the_site_leads_to_a_file(tmp_path: Path) -> None:
    names = set(write_site(tmp_path))
    names |= {edition_page(YESTERDAY)}  # of an earlier run
    other_outputs = {"feed.xml", "atom.xml", "feeds/feed.json", "sources.opml"}
    for name in names:
        if name.endswith(".html") and (tmp_path / name).exists():
            tree = page(name)
            for link in (*tree.iter("a"), *tree.iter("link"), *tree.iter("script"), *tree.iter("img")):
                target = urljoin(f"https://here.example/{name}", link.get("href") or link.get("src") or "")
                if target.startswith("https://here.example/"):
                    file = target.removeprefix("https://here.example/").partition("#")[0]
                    assert file in names | other_outputs, (name, target)


def test_the_front_page_leads_to_the_lists() -> None:
    for name, root in (("index.html", ""), (edition_page(TODAY), "../../../")):
        found = set(links(page(name).find(".//footer")).values())
        assert {root + one for one in (TAGS_PAGE, SOURCES_PAGE, ARCHIVE_PAGE, SEARCH_PAGE)} <= found


def test_editions_link_to_those_before_and_after_them() -> None:
    days = Archive((YESTERDAY, TODAY, TODAY + dt.timedelta(days=1)))
    tree = page(edition_page(TODAY), archive=days)
    found = {link.get("rel"): link.get("href") for link in tree.find("head").iter("link")}
    assert found["prev"] == f"../../../{edition_page(YESTERDAY)}"
    assert found["next"] == "../../../2026/11/25/index.html"
    names = {meta.get("property"): meta.get("content") for meta in tree.find("head").iter("meta")}
    assert (names["og:type"], names["og:title"]) == ("website", "London Daily")


def test_a_frozen_edition_is_the_front_page_of_its_day_only() -> None:
    frozen = msgspec.structs.replace(SITE, date=NOON - dt.timedelta(days=1))
    assert {*pages(frozen, archive=Archive((YESTERDAY, TODAY), frozen=True))} == {edition_page(YESTERDAY)}


def test_a_single_page_has_no_others() -> None:
    assert [name for name, _ in output("html")(EDITION, path="index.html")] == [""]


def test_all_names_are_safe() -> None:
    hostile = Outlet("../../etc", "https://x.example/")
    member = article(
        hostile, "../../etc/passwd", 1, id="../../x", tags=("../..", "a/b", "nul"), url="https://x.example/"
    )
    stories = (story(1, member, member.replace(id="\\..\\", source=PITCH)), *STORIES, FERRY)
    for name in pages(site(*stories)):
        assert re.fullmatch(r"(?:[a-z0-9-]+/)*[a-z0-9-]+\.(?:html|js|xml|css|svg)", name), name
