"""Where the store puts articles: windows, merges that leave a redirect, parts of stories that move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_articles import NOW, SOURCES, WINDOW, article, keep, place

from aggregator.errors import StoreError
from aggregator.grouping.types import RECORD_VERSION, Grouping, Placement
from aggregator.store import Store
from aggregator.store.grouping import spans

STORIES = [f"urn:uuid:{number:08}" for number in range(9)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as made:
        yield made


def keys(store: Store) -> dict[str, int]:
    """The key of each article that has a story, by its id."""
    found = store.grouped_near([NOW], timedelta(days=1000))
    articles = store.by_key([one.key for one in found])
    return {article.id: key for key, article in articles.items()}


def merge(store: Store, old: str, into: str) -> None:
    store.save_grouping(Grouping(merged={old: into}), WINDOW, NOW)


def test_around_a_date_lie_the_originals_of_its_window(store: Store) -> None:
    keep(store, [article(n) for n in (1, 70, 75, 150)])
    keep(store, [article(2)], source=1)
    place(store, [1, 70], [75], [150], [2])
    found = store.grouped_near([NOW], WINDOW)
    assert sorted((one.story, one.story_size) for one in found) == [(STORIES[0], 2), (STORIES[0], 2), (STORIES[3], 1)]
    assert {one.story for one in store.grouped_near([NOW], WINDOW, frozenset([SOURCES[1].key]))} == {STORIES[0]}
    far = store.grouped_near([NOW, NOW - timedelta(hours=150)], timedelta(hours=1))
    assert {one.story for one in far} == {STORIES[0], STORIES[2]}


def test_copies_are_no_neighbours_and_go_where_their_original_goes(store: Store) -> None:
    keep(store, [article(n) for n in (1, 2, 3)])
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


def test_a_story_that_went_into_another_answers_to_its_old_id(store: Store) -> None:
    keep(store, [article(n) for n in (1, 2, 3)])
    place(store, [1], [2], [3])
    merge(store, STORIES[2], STORIES[1])
    merge(store, STORIES[1], STORIES[0])
    [story] = store.stories()
    assert [store.story(old) for old in STORIES[:3]] == [story] * 3
    assert [a.id for a in story.articles] == ["id1", "id3", "id2"]  # its founder, and the others by date
    assert {a.id for a, _ in store.moved_articles(STORIES[1])} == {"id2", "id3"}
    with pytest.raises(StoreError, match="no story begins"):
        store.story("0000009")


def test_what_left_a_story_is_known_there(store: Store) -> None:
    keep(store, [article(n) for n in (1, 2, 3)])
    place(store, [1, 2, 3])
    moved = Placement(key=keys(store)["id2"], story="urn:uuid:new", previous_story=STORIES[0])
    assert store.save_grouping(Grouping(placements=[moved], new_stories={"urn:uuid:new": 7}), WINDOW, NOW) == (
        {"urn:uuid:new"},
        {STORIES[0]},
    )
    assert [(a.id, now_in) for a, now_in in store.moved_articles(STORIES[0])] == [("id2", "urn:uuid:new")]
    assert {one.story: one.story_size for one in store.grouped_near([NOW], WINDOW)} == {
        STORIES[0]: 2,
        "urn:uuid:new": 1,
    }


def test_an_id_that_comes_back_leads_to_itself(store: Store) -> None:
    """The founder of a story that went into another founds the same story again if it is taken out."""
    keep(store, [article(n) for n in (1, 2)])
    place(store, [1], [2])
    merge(store, STORIES[1], STORIES[0])
    again = Placement(key=keys(store)["id2"], story=STORIES[1], previous_story=STORIES[0])
    store.save_grouping(Grouping(placements=[again], new_stories={STORIES[1]: 0}), WINDOW, NOW)
    assert store.story(STORIES[1]).id == STORIES[1]


def test_words_are_kept_while_their_article_is_near_the_newest(store: Store) -> None:
    keep(store, [article(n) for n in (200, 143, 1)])
    place(store, [200], [143], [1])
    known = keys(store)
    store.save_grouping(Grouping(records={key: b"words" for key in known.values()}, frequencies=b"met"), WINDOW, NOW)
    found = store.grouped_near([NOW], timedelta(days=1000))
    kept = {one.key for one in found if one.record == b"words"}
    assert kept == {known["id1"], known["id143"]}
    assert store.frequencies() == b"met"


def test_words_of_another_version_are_made_anew(store: Store) -> None:
    keep(store, [article(1)])
    place(store, [1])
    store.save_grouping(Grouping(records={keys(store)["id1"]: b"words"}, frequencies=b"met"), WINDOW, NOW)
    for table in ("records", "words_met"):
        store._connection.exec_driver_sql(f"UPDATE {table} SET version = ?", (RECORD_VERSION + 1,))
    assert [one.record for one in store.grouped_near([NOW], WINDOW)] == [None]
    assert store.frequencies() is None


@given(st.lists(st.integers(0, 5000), max_size=20), st.integers(1, 500))
def test_windows_around_dates_overlap_nowhere_and_leave_none_out(hours: list[int], width: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = timedelta(hours=width)
    found = list(spans([start + timedelta(hours=hour) for hour in sorted(hours)], window))
    for hour in hours:
        date = start + timedelta(hours=hour)
        assert sum(begin <= date - window and date + window <= end for begin, end in found) == 1
    assert all(one[1] < other[0] for one, other in pairwise(found))
