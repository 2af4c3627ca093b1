"""The pages of a feed: nothing is lost between them, and a page changes only if one of its stories does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from feed_pages import check_pages
from feed_rules import check_atom, check_json_feed, check_rss
from sample_edition import RIVER, article, edition, output, publication, render_all, story

from aggregator import Deferred, Edition, Story
from aggregator.model import Publication
from aggregator.outputs.feed_pages import PAGE_SIZE, pages_of

NEWEST = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHECKS = {"rss": ("feed.xml", check_rss), "atom": ("a/atom.xml", check_atom), "jsonfeed": ("f.json", check_json_feed)}


def stories(count: int, apart: timedelta) -> list[Story]:
    """Return stories, the newest first, with this time between them."""
    dates = [NEWEST - apart * number for number in range(count)]
    return [story(n, article(RIVER, f"Story {n}", 0, published=date, first_seen=date)) for n, date in enumerate(dates)]


def feed(members: list[Story], first: int, path: str = "feed.xml", **more: Any) -> Edition:
    itself = publication("rss", path)
    return edition(latest=tuple(members[:first]), older=tuple(members[first:]), itself=itself, publications=(), **more)


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(("count", "minutes"), [(0, 1), (10, 60), (120, 30), (600, 2)])
def test_all_stories_are_on_one_page_each(name: str, count: int, minutes: int) -> None:
    path, check = CHECKS[name]
    members = stories(count, timedelta(minutes=minutes))
    files = render_all(name, feed(members, 20, path), hub="https://hub.example/")
    stem = path.rpartition(".")[0]
    pages = {
        f"https://daily.example/{stem}/{file}" if file else f"https://daily.example/{path}": body
        for file, body in files.items()
        if not file.endswith(".css")
    }
    for body in pages.values():
        check(body, ())
    assert check_pages(pages) == [member.id for member in members]


def test_pages_are_days() -> None:
    names = [page.name for page in pages_of(feed(stories(100, timedelta(minutes=30)), 10))]
    assert names == ["", "2026-11-29.xml", "2026-11-28.xml", "2026-11-27.xml"]


def test_a_day_with_many_stories_has_several_pages_counted_from_its_end() -> None:
    members = stories(700, timedelta(minutes=1))
    pages = pages_of(feed(members, 20))
    assert [(page.name, len(page.stories)) for page in pages[1:]] == [
        ("2026-11-29-3.xml", 680 - 2 * PAGE_SIZE),
        ("2026-11-29-2.xml", PAGE_SIZE),
        ("2026-11-29.xml", PAGE_SIZE),
    ]
    later = pages_of(feed(members, 10))  # ten more stories have left the first page
    assert [page.stories for page in later[2:]] == [page.stories for page in pages[2:]]


def digests(of: Edition) -> dict[str, bytes]:
    return {name: body.digest for name, body in output("rss")(of) if isinstance(body, Deferred)}


def test_a_page_is_rendered_again_only_if_it_differs() -> None:
    members = stories(100, timedelta(minutes=30))
    before = digests(feed(members, 10))
    later = digests(feed([story(1000, article(RIVER, "News", 0, published=NEWEST)), *members], 10, date=NEWEST))
    assert before.keys() == later.keys() and len(before) == 3
    assert [name for name in before if before[name] != later[name]] == ["2026-11-29.xml"]
    corrected = [*members]
    corrected[60] = msgspec.structs.replace(members[60], articles=(members[60].articles[0].replace(title="Other"),))
    changed = digests(feed(corrected, 10))
    assert [name for name in before if before[name] != changed[name]] == ["2026-11-28.xml"]


@pytest.mark.parametrize("itself", [Publication("rss", "feed.xml", "feed.xml"), publication("rss", "feed/")])
def test_without_addresses_there_is_one_document(itself: Publication) -> None:
    members = stories(30, timedelta(hours=1))
    alone = edition(latest=tuple(members[:5]), older=tuple(members[5:]), itself=itself, publications=())
    (page,) = pages_of(alone)
    assert page.links == () and page.stories == tuple(members[:5])
