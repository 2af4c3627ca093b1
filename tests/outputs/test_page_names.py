"""Names of pages are safe on every file system, stable, and different for different things."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sample_edition import BRIDGE, HOSTILE_TEXTS, OWLS, RIVER, article, story

from aggregator import Outlet
from aggregator.model import StoryReference
from aggregator.outputs.page_names import (
    article_page,
    edition_page,
    page_of,
    source_page,
    story_page,
    tag_feed,
    tag_page,
)
from aggregator.outputs.text import legal

TAGS = st.text(max_size=80) | st.sampled_from(["C", "c", "C++", "c++", "C#", "con", "index", "..", "é", "e", "İ", ""])
SAFE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?/)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.(?:html|xml)")
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(SAFE.fullmatch(name)) and len(name) < 120 and not any(DEVICES.fullmatch(part) for part in parts)


@given(TAGS)
@example("../../etc/passwd")
@example("COM1")
@example("a" * 500)
@example("\ud800")
def test_names_of_tags_and_sources_are_safe(tag: str) -> None:
    assert is_safe(tag_page(tag))
    assert is_safe(tag_feed(tag))
    assert is_safe(source_page(tag))


@given(TAGS, TAGS)
@example("c-16b19f4f", "C++")
@example("C", "c")
@example("K", "k")  # the Kelvin sign
@example("a" * 61, "a" * 62)
def test_different_tags_have_different_names(one: str, other: str) -> None:
    if legal(one) != legal(other):  # texts that differ only in forbidden characters look the same
        assert tag_page(one) != tag_page(other)
        assert source_page(one) != source_page(other)


def test_the_name_of_a_tag_cannot_be_made_to_collide() -> None:
    imitation = PurePosixPath(tag_page("C++")).stem
    assert tag_page(imitation) != tag_page("C++")


@pytest.mark.parametrize(
    ("tag", "name"),
    [("world", "tags/world.html"), ("ai-2026", "tags/ai-2026.html"), ("index", None), ("con", None), ("World", None)],
)
def test_a_plain_tag_is_its_own_name(tag: str, name: str | None) -> None:
    assert (tag_page(tag) == name) if name else re.fullmatch(rf"tags/{tag.lower()}-[0-9a-f]{{8}}\.html", tag_page(tag))


@given(st.text(max_size=60), st.text(max_size=60))
@example(*HOSTILE_TEXTS[8:10])
def test_names_of_articles_and_stories_are_safe(name: str, id_: str) -> None:
    member = article(Outlet(name), "A title", 1, id=id_)
    assert is_safe(article_page(member))
    assert is_safe(story_page(StoryReference(id_, name)))


def test_the_page_of_an_article_stays_when_the_publisher_corrects_it() -> None:
    member = article(RIVER, "Bridge opens", 3)
    corrected = member.replace(
        title="Bridge to open", url="https://river.example/b", published=datetime(2026, 9, 1, tzinfo=UTC), summary="New"
    )
    assert article_page(member) == article_page(corrected)
    assert article_page(member) != article_page(member.replace(id="another"))
    assert article_page(member) != article_page(member.replace(source=Outlet("Metro Ledger")))


def test_the_month_of_an_article_is_that_of_its_first_sight_in_utc() -> None:
    early = datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    name = article_page(article(RIVER, "Bridge opens", 3, first_seen=early))
    assert re.fullmatch(r"articles/2026/11/[0-9a-f]{12}\.html", name)


def test_a_story_is_named_by_its_id_alone() -> None:
    reference = StoryReference(BRIDGE.id, "Another title")
    assert story_page(BRIDGE) == story_page(reference)
    assert story_page(BRIDGE) != story_page(OWLS)


def test_a_headline_leads_to_the_article_if_the_story_has_only_one() -> None:
    alone = story(1, BRIDGE.articles[0])
    assert page_of(alone) == article_page(BRIDGE.articles[0])
    assert page_of(BRIDGE) == story_page(BRIDGE)
    assert page_of(story(1, BRIDGE.articles[0], copies=BRIDGE.copies)) == story_page(alone)


@pytest.mark.parametrize(
    ("day", "name"), [(date(2026, 11, 29), "2026/11/29/index.html"), (date(987, 1, 2), "0987/01/02/index.html")]
)
def test_an_edition_is_named_by_its_day(day: date, name: str) -> None:
    assert edition_page(day) == name
