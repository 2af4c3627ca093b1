"""Storing the results of grouping: windows, merged stories and redirects, articles that move between stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_articles import NOW, SOURCES, WINDOW, article, place, save, ungrouped
from stores import execute

from aggregator.errors import StoreError
from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.types import RECORD_VERSION, GroupedStory, Grouping, Placement
from aggregator.store import Store
from aggregator.store.grouping import refresh, spans

STORIES = [f"urn:uuid:{number:08}" for number in range(9)]


def keys(store: Store) -> dict[str, int]:
    """Return the key of each article with a story, by its id."""
    grouped = store.grouped_near([NOW], timedelta(days=1000))
    articles = store.by_key([one.key for one in grouped])
    return {article.id: key for key, article in articles.items()}


def merge(store: Store, old: str, into: str) -> None:
    store.save_grouping(Grouping(merged={old: into}), WINDOW, NOW)


def test_the_articles_to_group_are_those_first_seen_first(store: Store) -> None:
    save(store, [article(n, first_seen=NOW - timedelta(hours=age)) for n, age in ((1, 1), (2, 9), (3, 5), (4, 0))])
    place(store, [4])
    assert store.count_to_group() == 3
    for limit, expected in ((2, {"id2", "id3"}), (3, {"id1", "id2", "id3"}), (1000, {"id1", "id2", "id3"})):
        assert {*ungrouped(store, limit)} == expected
    place(store, [1, 2, 3])
    assert store.count_to_group() == 0
    assert store.articles_to_group(1000) == []


def test_grouped_near_returns_the_originals_within_the_window(store: Store) -> None:
    save(store, [article(n) for n in (1, 70, 75, 150)])
    save(store, [article(2)], source=1)
    place(store, [1, 70], [75], [150], [2])
    near = store.grouped_near([NOW], WINDOW)
    assert sorted(one.story for one in near) == [STORIES[0], STORIES[0], STORIES[3]]
    assert {one.story for one in store.grouped_near([NOW], WINDOW, frozenset([SOURCES[1].key]))} == {STORIES[0]}
    far = store.grouped_near([NOW, NOW - timedelta(hours=150)], timedelta(hours=1))
    assert {one.story for one in far} == {STORIES[0], STORIES[2]}


def test_copies_are_not_returned_and_move_with_their_original(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    place(store, [1], [2], copies={3: 1})
    known = keys(store)
    assert sorted(known) == ["id1", "id2"]
    store.save_grouping(
        Grouping(placements=[Placement(key=known["id1"], story=STORIES[1], why="moved", previous_story=STORIES[0])]),
        WINDOW,
        NOW,
    )
    story = next(one for one in store.stories() if one.id == STORIES[1])
    assert [copy.article.id for copy in story.copies] == ["id3"]
    assert {a.id for a, _ in store.moved_articles(STORIES[0])} == {"id1", "id3"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"published": None},
        {"published": None, "backlog": True},
        {"published": NOW + timedelta(days=2)},
        {"published": datetime(1, 1, 1, tzinfo=UTC)},
        {"published": datetime(1, 1, 1, tzinfo=UTC), "backlog": True},
        {"published": datetime(1931, 5, 1, tzinfo=UTC)},
        {"published": datetime(1970, 1, 1, tzinfo=UTC)},
        {"language": "en", "url": None},
    ],
)
def test_the_wording_of_a_row_is_that_of_its_article(store: Store, changes: dict[str, Any]) -> None:
    save(store, [article(1, **changes)])
    [new] = store.articles_to_group(1)
    [read] = store.by_key([new.key]).values()
    assert store.wordings([new.key]) == {new.key: new.wording}
    assert new.wording == wording_of(read)
    assert (new.time, new.first_seen) == (int(read.order.timestamp()), int(read.first_seen.timestamp()))


def test_new_stories_are_stored_as_an_update_would_leave_them(store: Store) -> None:
    """Of old and undated articles, of one that arrived late, of copies, and of articles that were in another story."""
    save(store, [article(1), article(2), article(3, backlog=True, published=None)])
    late = NOW + timedelta(days=9)
    save(
        store,
        [
            article(4, first_seen=late),
            article(5, first_seen=late),
            article(6, published=datetime(1931, 5, 1, tzinfo=UTC)),
        ],
    )
    known = ungrouped(store)
    placements = [
        Placement(key=known["id1"], story=STORIES[0]),
        Placement(key=known["id2"], story=STORIES[0], why="copy", duplicate_of=known["id1"]),
        *(Placement(key=known[f"id{n}"], story=STORIES[n]) for n in (3, 4, 6)),
    ]
    founded = dict.fromkeys([STORIES[0], *(STORIES[n] for n in (3, 4, 6))], 0)
    profiles = {story: story.encode() for story in founded}
    store.save_grouping(Grouping(placements=placements, new_stories=founded, profiles=profiles), WINDOW, late)
    moved = [
        Placement(key=known["id5"], story=STORIES[5]),
        Placement(key=known["id3"], story=STORIES[5], why="moved", previous_story=STORIES[3]),
        Placement(key=known["id4"], story=STORIES[4], why="again", previous_story=STORIES[4]),
    ]
    founded = {STORIES[5]: 0, STORIES[4]: 0}
    profiles = {STORIES[5]: b"5", STORIES[4]: b"4"}
    store.save_grouping(Grouping(placements=moved, new_stories=founded, profiles=profiles), WINDOW, late)
    query = "SELECT id, updated, size, stale, revised, profile FROM stories ORDER BY id"
    saved = execute(store, query)
    assert [(row[2], bytes(row[5])[-1:]) for row in saved] == [(1, b"0"), (0, b"3"), (1, b"4"), (2, b"5"), (1, b"6")]
    with store._writing() as connection:
        refresh(connection, STORIES)
    assert execute(store, query) == saved


def test_merged_story_is_found_by_its_old_id(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    place(store, [1], [2], [3])
    merge(store, STORIES[2], STORIES[1])
    merge(store, STORIES[1], STORIES[0])
    [story] = store.stories()
    assert [store.story(old) for old in STORIES[:3]] == [story] * 3
    assert [a.id for a in story.articles] == [
        "id1",
        "id3",
        "id2",
    ]  # the first article of the story, then the others by date
    assert {a.id for a, _ in store.moved_articles(STORIES[1])} == {"id2", "id3"}
    with pytest.raises(StoreError, match="no story begins"):
        store.story("0000009")


def test_moved_articles_of_a_story(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    place(store, [1, 2, 3])
    moved = Placement(key=keys(store)["id2"], story="urn:uuid:new", previous_story=STORIES[0])
    assert store.save_grouping(Grouping(placements=[moved], new_stories={"urn:uuid:new": 7}), WINDOW, NOW) == (
        {"urn:uuid:new"},
        {STORIES[0]},
    )
    assert [(a.id, story) for a, story in store.moved_articles(STORIES[0])] == [("id2", "urn:uuid:new")]
    assert store.grouped_stories([STORIES[0], "urn:uuid:new", "urn:uuid:none"]) == {
        STORIES[0]: GroupedStory(began=0, size=2),
        "urn:uuid:new": GroupedStory(began=7, size=1),
    }


def test_reused_id_is_not_redirected(store: Store) -> None:
    """The first article of a merged story gets the same story id if it is split off again."""
    save(store, [article(n) for n in (1, 2)])
    place(store, [1], [2])
    merge(store, STORIES[1], STORIES[0])
    again = Placement(key=keys(store)["id2"], story=STORIES[1], previous_story=STORIES[0])
    store.save_grouping(Grouping(placements=[again], new_stories={STORIES[1]: 0}), WINDOW, NOW)
    assert store.story(STORIES[1]).id == STORIES[1]


def test_records_are_stored_near_the_newest_article(store: Store) -> None:
    save(store, [article(n) for n in (200, 143, 1)])
    place(store, [200], [143], [1])
    known = keys(store)
    store.save_grouping(Grouping(records={key: b"words" for key in known.values()}, frequencies=b"met"), WINDOW, NOW)
    grouped = store.grouped_near([NOW], timedelta(days=1000))
    assert {one.key for one in grouped if one.record == b"words"} == {known["id1"], known["id143"]}
    assert store.frequencies() == b"met"


def test_records_of_another_version_are_ignored(store: Store) -> None:
    save(store, [article(1)])
    place(store, [1])
    store.save_grouping(Grouping(records={keys(store)["id1"]: b"words"}, frequencies=b"met"), WINDOW, NOW)
    for table in ("records", "words_met"):
        execute(store, f"UPDATE {table} SET version = {RECORD_VERSION + 1}")
    assert [one.record for one in store.grouped_near([NOW], WINDOW)] == [None]
    assert store.frequencies() is None


@given(st.lists(st.integers(0, 5000), max_size=20), st.integers(1, 500))
def test_spans_cover_all_windows_without_overlap(hours: list[int], width: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = timedelta(hours=width)
    windows = list(spans([start + timedelta(hours=hour) for hour in sorted(hours)], window))
    for hour in hours:
        date = start + timedelta(hours=hour)
        assert sum(begin <= date - window and date + window <= end for begin, end in windows) == 1
    assert all(earlier[1] < later[0] for earlier, later in pairwise(windows))
