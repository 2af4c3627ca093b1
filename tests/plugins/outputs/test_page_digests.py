"""A page is rendered only if something that it shows has changed; an unchanged site renders none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample_edition import BRIDGE, CIRCUIT, NOON, OWLS, PODCAST, RIVER, STORIES, article, story
from sample_site import FERRY, SITE, pages, site

from aggregator import Edition, Outlet, Section, Story
from aggregator.model import Deferred, StoryReference
from aggregator.outputs.page_names import (
    ARCHIVE_PAGE,
    SEARCH_PAGE,
    SOURCES_PAGE,
    TAGS_PAGE,
    article_page,
    source_page,
    story_page,
    tag_feed,
    tag_page,
)


def digests(of: Edition, **options: Any) -> dict[str, bytes]:
    return {name: content.digest for name, content in pages(of, **options).items() if isinstance(content, Deferred)}


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def with_article(of: Story, number: int = 0, **changes: Any) -> Story:
    """Return a story with one article changed."""
    articles = list(of.articles)
    articles[number] = articles[number].replace(**changes)
    return msgspec.structs.replace(of, articles=tuple(articles))


def test_only_small_files_are_not_deferred() -> None:
    names = {name for name, content in pages().items() if not isinstance(content, Deferred)}
    assert {name for name in names if not name.startswith("assets/")} == {
        "index.html",
        "2026/11/24/index.html",
        "favicon.svg",
        "search.js",
    }


def test_the_same_edition_at_another_time_renders_nothing() -> None:
    later = msgspec.structs.replace(SITE, date=SITE.date + dt.timedelta(minutes=7))
    assert changed(digests(SITE), digests(later)) == set()


def test_a_new_story_renders_only_what_lists_it() -> None:
    new = story(50, article(CIRCUIT, "New chips", 0.25, tags=("technology",)))
    found = changed(digests(SITE), digests(site(*SITE.stories, new)))
    listing = {TAGS_PAGE, SOURCES_PAGE, tag_page("technology"), tag_feed("technology"), source_page("Circuit & Co")}
    files = {"search/2026-11-24.js", "sitemaps/2026-11-24.xml"}
    assert found - files == {article_page(new.articles[0]), *listing}


def test_a_corrected_article_renders_the_pages_that_show_it() -> None:
    corrected = with_article(PODCAST, title="Podcast: who owns the rain?")
    found = changed(digests(SITE), digests(site(*(corrected if one is PODCAST else one for one in SITE.stories))))
    assert article_page(PODCAST.articles[0]) in found
    assert article_page(OWLS.articles[0]) not in found
    assert {tag_page("technology"), source_page("Circuit & Co"), "search/2026-11-24.js"} <= found


BASE = site(*STORIES, FERRY)
ARTICLE = article_page(BRIDGE.articles[0])
STORY = story_page(BRIDGE)
CHANGES: dict[str, tuple[Callable[[], Edition], set[str]]] = {
    "text": (lambda: site(with_article(BRIDGE, content="<p>New</p>"), *STORIES[1:], FERRY), {ARTICLE}),
    "summary": (lambda: site(with_article(BRIDGE, summary="New"), *STORIES[1:], FERRY), {ARTICLE, STORY}),
    "authors": (lambda: site(with_article(BRIDGE, authors=("New",)), *STORIES[1:], FERRY), {ARTICLE}),
    "update": (lambda: site(with_article(BRIDGE, updated=NOON), *STORIES[1:], FERRY), {ARTICLE}),
    "another account": (lambda: site(with_article(BRIDGE, 1, title="New"), *STORIES[1:], FERRY), {ARTICLE, STORY}),
    "copies": (lambda: site(msgspec.structs.replace(BRIDGE, copies=()), *STORIES[1:], FERRY), {ARTICLE, STORY}),
    "outlet names": (lambda: msgspec.structs.replace(BASE, outlet_names={"River Post": "Post"}), {ARTICLE, STORY}),
    "title": (lambda: msgspec.structs.replace(BASE, title="Paris Daily"), {ARTICLE, STORY, ARCHIVE_PAGE, SEARCH_PAGE}),
    "time zone": (lambda: msgspec.structs.replace(BASE, timezone="Asia/Tokyo"), {ARTICLE, STORY, tag_page("london")}),
    "locale": (lambda: msgspec.structs.replace(BASE, locale="de"), {ARTICLE, STORY, ARCHIVE_PAGE, SEARCH_PAGE}),
    "url": (lambda: msgspec.structs.replace(BASE, url="https://other.example/"), {ARTICLE, STORY}),
    "pictures": (lambda: msgspec.structs.replace(BASE, pictures="none"), {ARTICLE, STORY}),
    "tagline": (lambda: msgspec.structs.replace(BASE, tagline="New"), {ARTICLE, STORY, SOURCES_PAGE}),
    "feeds": (lambda: msgspec.structs.replace(BASE, publications=()), {ARTICLE, STORY}),
    "label of a topic": (
        lambda: msgspec.structs.replace(BASE, sections=(Section("london", (BRIDGE,), label="City"),)),
        {ARTICLE, STORY, tag_page("london"), tag_feed("london"), TAGS_PAGE},
    ),
    "home page of a source": (
        lambda: msgspec.structs.replace(BASE, sources=(Outlet("River Post", "https://new.example/"),)),
        {SOURCES_PAGE, source_page("River Post")},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_what_a_page_shows_renders_it(what: str) -> None:
    make, expected = CHANGES[what]
    assert expected <= changed(digests(BASE), digests(make()))


def test_the_page_of_an_earlier_story_that_comes_into_being(tmp_path: Path) -> None:
    (old,) = [one for one in FERRY.storyline.earlier if one.id == "urn:uuid:old"]  # type: ignore[union-attr]
    before = digests(BASE, folder=tmp_path)
    page = tmp_path / story_page(StoryReference(old.id, old.title))
    page.parent.mkdir(parents=True)
    page.write_bytes(b"")
    found = changed(before, digests(BASE, folder=tmp_path))
    assert found == {article_page(one) for one in FERRY.articles} | {story_page(FERRY)}


def test_a_style_sheet_of_the_user_renders_all_pages(tmp_path: Path) -> None:
    (tmp_path / "mine.css").write_text("h1 { color: green }")
    before = digests(BASE)
    after = digests(BASE, css="mine.css", config_folder=tmp_path)
    assert {name for name in before if name.endswith(".html")} <= changed(before, after)


def test_ten_thousand_articles_that_did_not_change_render_nothing() -> None:
    stories = [
        story(number, article(RIVER, f"T{number}", number / 500, content="<p>text</p>", tags=(f"tag {number % 400}",)))
        for number in range(10_000)
    ]
    of = site(*stories[:50], latest=tuple(stories[:500]), older=tuple(stories[500:]))
    before = digests(of)
    assert len([name for name in before if name.startswith("articles/")]) == 10_000
    again = site(*stories[:50], latest=tuple(stories[:500]), older=tuple(stories[500:]))
    assert changed(before, digests(again)) == set()
    one = with_article(stories[7000], content="<p>corrected</p>")
    corrected = msgspec.structs.replace(of, older=(*stories[500:7000], one, *stories[7001:]))
    pages_of_it = {article_page(one.articles[0]), source_page("River Post"), tag_page("tag 200"), tag_feed("tag 200")}
    assert changed(before, digests(corrected)) <= pages_of_it
