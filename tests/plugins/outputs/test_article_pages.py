"""The page of an article: its text, by-line, players, pictures, and what is related to it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sample_edition import BRIDGE, HARBOUR, METRO, NOON, PODCAST, RIVER, article, story
from sample_site import ARABIC, EPISODE, FERRY, SITE, links, page, pages, rendered, site, words

from aggregator import Article, Related, Story
from aggregator.model.picture import Picture, PictureCopy
from aggregator.outputs.page_names import article_page, source_page, story_page, tag_page


def shown(member: Article, of: Story | None = None, **more: Any) -> Any:
    """Return the page of an article in an edition of one story."""
    return page(article_page(member), site(of or story(1, member), **more))


def test_headline_by_line_and_link_to_the_original() -> None:
    (first, *_) = BRIDGE.articles
    tree = page(article_page(first))
    assert [words(heading) for heading in tree.iter("h1")] == [first.title]
    byline = tree.find_class("byline")[0]
    assert words(byline) == "By Ada Lark and Tom Fenn River Post 24 November 2026, 09:30 UTC"
    original = links(tree.find_class("original")[0])
    assert original == {"Read at River Post": first.url}
    assert "noreferrer" in tree.find_class("original")[0].find("a").get("rel")


def test_an_address_that_is_none_is_not_linked() -> None:
    tree = shown(article(RIVER, "T", 1, url="javascript:alert(1)"))
    assert not tree.find_class("original")


def test_a_correction_is_stated_and_an_update_at_once_is_not() -> None:
    first = article(RIVER, "T", 3, updated=NOON)
    assert "updated 24 November 2026, 12:30" in words(shown(first).find_class("byline")[0])
    at_once = first.replace(updated=first.date + timedelta(minutes=1))
    assert "updated" not in words(shown(at_once).find_class("byline")[0])


def test_an_article_without_a_date_says_when_it_was_first_seen() -> None:
    tree = shown(article(RIVER, "T", 3, published=None))
    assert "First seen 24 November 2026" in words(tree.find_class("byline")[0])


def test_the_time_zone_of_the_reader() -> None:
    first = article(RIVER, "T", 3)
    tree = shown(first, timezone="Asia/Tokyo", locale="de")
    assert "24. November 2026, 18:30" in words(tree.find_class("byline")[0])


class TestText:
    def test_headings_follow_that_of_the_page(self) -> None:
        prose = page(article_page(FERRY.articles[0])).find_class("prose")[0]
        headings = [(one.tag, words(one)) for one in prose.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        assert headings == [("h2", "Who is affected"), ("h3", "Freight"), ("h2", "What comes next")]

    @pytest.mark.parametrize(
        ("content", "levels"),
        [
            ("<h4>a</h4><p>x</p><h2>b</h2><h3>c</h3>", "223"),
            ("<h1>a</h1><h1>b</h1>", "22"),
            ("<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5><h6>e</h6><h6>f</h6>", "234566"),
            ("<h2></h2><h3> <br></h3><h2><img src='https://x.example/a.png'></h2><h3>a</h3>", "2"),
        ],
    )
    def test_no_level_is_skipped_and_no_heading_empty(self, content: str, levels: str) -> None:
        prose = shown(article(RIVER, "T", 1, content=f"<p>text</p>{content}")).find_class("prose")[0]
        found = [one for one in prose.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        assert "".join(one.tag[1] for one in found) == levels
        assert all(words(one) for one in found)

    def test_the_summary_stands_above_a_text_that_does_not_begin_with_it(self) -> None:
        summary = "In my last post, I explained how."
        begins = article(
            RIVER, "T", 1, summary, content="<p>In my <a href='/p'>last post</a>, I explained how.</p><p>More</p>"
        )
        assert not shown(begins).find_class("standfirst")
        assert words(page(article_page(FERRY.articles[0])).find_class("standfirst")[0]).startswith("Commuters took")

    def test_without_a_text_the_summary_is_the_text(self) -> None:
        for content in (None, "", "<p> </p>", "<script>x</script>"):
            tree = shown(article(RIVER, "T", 1, "A summary.", content=content))
            assert words(tree.find_class("prose")[0]) == "A summary."
            assert not tree.find_class("standfirst")

    def test_footnotes_lead_to_each_other(self) -> None:
        prose = page(article_page(FERRY.articles[0])).find_class("prose")[0]
        inside = [link.get("href") for link in prose.iter("a") if link.get("href").startswith("#")]
        assert inside == ["#text-fn:1", "#text-fnref:1"]
        assert {f"#{one.get('id')}" for one in prose.iter() if one.get("id")} == set(inside)

    def test_an_anchor_that_the_text_lacks_is_one_of_the_original(self) -> None:
        prose = shown(article(RIVER, "T", 1, content='<p id="b" name="c">x <a href="#a">y</a></p>')).find_class(
            "prose"
        )[0]
        assert links(prose) == {"y": "https://river.example/t#a"}
        assert not [one for one in prose.iter() if one.get("id")]

    def test_no_anchor_is_that_of_the_page(self) -> None:
        tree = shown(article(RIVER, "T", 1, content='<p id="content">x <a href="#content">y</a></p>'))
        ids = [one.get("id") for one in tree.iter() if one.get("id")]
        assert len(ids) == len(set(ids))
        assert links(tree.find_class("prose")[0]) == {"y": "#text-content"}

    def test_wide_tables_scroll_in_a_box_that_the_keyboard_reaches(self) -> None:
        box = page(article_page(FERRY.articles[0])).find_class("wide")[0]
        assert (box.get("tabindex"), box.get("aria-label"), box[0].tag) == ("0", "Table", "table")

    def test_a_heading_that_repeats_the_headline_is_left_out(self) -> None:
        prose = shown(article(RIVER, "Bridge opens", 1, content="<h2>Bridge opens!</h2><p>x</p>")).find_class("prose")[
            0
        ]
        assert words(prose) == "x"

    def test_language_and_direction(self) -> None:
        tree = page(article_page(ARABIC.articles[0]))
        for element in (tree.find(".//h1/.."), tree.find_class("prose")[0]):
            assert (element.get("lang"), element.get("dir")) == ("ar", "rtl")


class TestPictures:
    def test_linked_pictures_send_no_referrer_and_load_late(self) -> None:
        image = page(article_page(FERRY.articles[0])).find_class("prose")[0].find(".//img")
        assert image.get("src") == "https://harbour.example/quay.jpg"
        assert (image.get("loading"), image.get("referrerpolicy"), image.get("alt")) == (
            "lazy",
            "no-referrer",
            "The quay",
        )

    @pytest.mark.parametrize("mode", ["none", "copy"])
    def test_without_linked_pictures_nothing_is_loaded_from_a_publisher(self, mode: str) -> None:
        for name, content in pages(site(*SITE.stories, pictures=mode)).items():
            if name.startswith(("articles/", "stories/")):
                tree = page(name, site(*SITE.stories, pictures=mode))
                assert not tree.findall(".//img") + tree.findall(".//*[@poster]") + tree.findall(".//picture"), content

    def test_copied_pictures_are_those_of_the_site(self, tmp_path: Path) -> None:
        url = "https://harbour.example/quay.jpg"
        file = tmp_path / "quay.jpg"
        file.write_bytes(b"picture")
        copies = tuple(
            PictureCopy(name=f"quay-{width}.jpg", width=width, height=width // 2, type="image/jpeg", file=file)
            for width in (640, 1200)
        )
        picture = Picture(url=url, width=1200, height=600, type="image/jpeg", copies=copies)
        of = site(FERRY, pictures="copy", copies={url: picture})
        name = article_page(FERRY.articles[0])
        image = page(name, of).find_class("prose")[0].find(".//img")
        assert image.get("src") == "../../../pictures/quay-1200.jpg"
        assert image.get("srcset") == "../../../pictures/quay-640.jpg 640w, ../../../pictures/quay-1200.jpg 1200w"
        assert (image.get("width"), image.get("height"), image.get("alt")) == ("1200", "600", "The quay")
        before = pages(site(FERRY, pictures="copy"))
        assert before[name].digest != pages(of)[name].digest  # type: ignore[union-attr]

    def test_a_picture_that_the_text_has_is_not_shown_above_it(self) -> None:
        first = article(RIVER, "T", 1, image="https://x.example/a.jpg?w=900")
        assert shown(first.replace(content="<p>x</p>")).find_class("lead-picture")
        text = '<p>x</p><img src="https://x.example/a.jpg?w=300">'
        assert not shown(first.replace(content=text)).find_class("lead-picture")


class TestMedia:
    def test_players_load_nothing_before_they_are_started(self) -> None:
        tree = page(article_page(EPISODE.articles[0]))
        (audio,), (video,) = tree.iter("audio"), tree.iter("video")
        for player, name in ((audio, "22.mp3"), (video, "22.mp4")):
            assert player.get("src") == f"https://touchline.example/{name}"
            assert (player.get("preload"), player.get("controls")) == ("none", "")
        files = [words(one) for one in tree.find_class("media-file")]
        assert files == ["Audio file 32 minutes 25 MB", "Video file", "Attached file 0.4 MB"]

    def test_players_in_a_text(self) -> None:
        (video,) = page(article_page(FERRY.articles[0])).iter("video")
        assert (video.get("preload"), video.get("autoplay")) == ("none", None)

    def test_pictures_are_no_media_files(self) -> None:
        tree = page(article_page(PODCAST.articles[0]))
        assert "cover.png" not in str(links(tree))


class TestRelated:
    def test_the_other_accounts_of_the_story(self) -> None:
        (first, *others) = FERRY.articles
        section = page(article_page(first)).find_class("related")[0]
        found = links(section)
        assert [*found][:4] == [one.title for one in others]
        assert found[others[0].title] == f"../../../{article_page(others[0])}"
        assert found["How the coverage grew"] == f"../../../{story_page(FERRY)}"

    def test_copies_link_to_their_outlets(self) -> None:
        tree = page(article_page(BRIDGE.articles[0]))
        assert links(tree.find_class("copies")[0]) == {"Touchline": BRIDGE.copies[0].article.url}
        assert not page(article_page(BRIDGE.articles[1])).find_class("copies")

    def test_earlier_stories_link_to_their_pages_if_there_are_any(self) -> None:
        section = page(article_page(FERRY.articles[0])).find_class("related")[1]
        assert links(section) == {
            "Wren Bridge opens": f"../../../{story_page(BRIDGE)}",
            "Crews vote": "https://river.example/vote",
        }

    def test_the_headlines_that_the_source_lists(self) -> None:
        section = page(article_page(FERRY.articles[0])).find_class("related")[2]
        assert links(section) == {"Ferry crews reject offer": "https://harbour.example/offer"}
        assert "Fares to rise" in words(section)

    def test_a_single_article_has_nothing_related(self) -> None:
        assert not shown(article(RIVER, "T", 1)).find_class("related")

    def test_topics_and_outlet_have_pages(self) -> None:
        tree = page(article_page(FERRY.articles[0]))
        names = pages()
        for link, name in (("Business", tag_page("business")), ("Harbour Times", source_page("Harbour Times"))):
            assert links(tree)[link] == f"../../../{name}"
            assert name in names

    def test_a_tag_of_one_story_that_is_not_configured_is_no_topic(self) -> None:
        first = article(RIVER, "T", 1, tags=("world", "docks"))
        assert [*links(shown(first, subscriptions=SITE.subscriptions, sections=()).find_class("kicker")[0])] == [
            "World"
        ]


class TestMetadata:
    def metadata(self, tree: Any) -> dict[str, str]:
        return {meta.get("property") or meta.get("name"): meta.get("content") for meta in tree.iter("meta")}

    def test_open_graph(self) -> None:
        first = BRIDGE.articles[0]
        found = self.metadata(page(article_page(first)))
        assert found["og:title"] == first.title
        assert found["og:type"] == "article"
        assert found["og:site_name"] == "London Daily"
        assert found["og:url"] == f"https://daily.example/{article_page(first)}"
        assert found["og:image"] == "https://river.example/bridge.jpg"
        assert found["article:published_time"] == "2026-11-24T09:30:00+00:00"
        assert found["twitter:card"] == "summary_large_image"

    def test_without_a_url_nothing_is_relative(self) -> None:
        found = self.metadata(page(article_page(BRIDGE.articles[0]), site(BRIDGE, url="")))
        assert "og:url" not in found

    def test_search_engines_are_sent_to_the_original(self) -> None:
        first = BRIDGE.articles[0]
        tree = page(article_page(first))
        assert tree.find(".//link[@rel='canonical']").get("href") == first.url
        assert self.metadata(tree)["robots"] == "noindex"

    def test_json_ld_names_the_publisher_of_the_original(self) -> None:
        first = BRIDGE.articles[0]
        data = json.loads(page(article_page(first)).find(".//script").text)
        assert data["@type"] == "WebPage"
        assert data["isBasedOn"] == first.url
        assert data["mainEntity"]["@type"] == "NewsArticle"
        assert data["mainEntity"]["publisher"]["name"] == "River Post"
        assert [one["name"] for one in data["mainEntity"]["author"]] == ["Ada Lark", "Tom Fenn"]
        assert data["isPartOf"]["name"] == "London Daily"

    def test_no_text_ends_the_script(self) -> None:
        title = "a</script><script>alert(1)</script><!--]]>"
        first = article(RIVER, title, 1, id="x", url="https://river.example/x")
        body = rendered(pages(site(story(1, first), title="News\u2028"))[article_page(first)]).decode()
        script = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
        assert len(script) == 1
        data = json.loads(script[0])
        assert (data["name"], data["isPartOf"]["name"]) == (title, "News\u2028")
        assert not set("<>&\u2028") & set(script[0])


def test_two_articles_with_one_id_and_outlet_have_one_page() -> None:
    first = article(RIVER, "T", 1)
    again = first.replace(title="Again")
    assert len([name for name in pages(site(story(1, first, again))) if name.startswith("articles/")]) == 1
    other = story(2, article(METRO, "T", 1))
    assert len([name for name in pages(site(story(1, first), other)) if name.startswith("articles/")]) == 2


def test_long_lists_are_cut() -> None:
    related = tuple(Related(f"Headline {number}") for number in range(100))
    first = article(HARBOUR, "T", 1, related=related)
    others = [article(RIVER, f"T{number}", 1, id=str(number)) for number in range(40)]
    tree = shown(first, story(1, first, *others))
    assert [len(section.findall(".//li")) for section in tree.find_class("related")] == [12, 12]
    assert "and 28 more articles" in links(tree)
