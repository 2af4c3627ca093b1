"""Storing storylines: placements, corrections, merged stories, clean-up, and the migration of older stores."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from project import DATA
from stored_articles import NOW, WINDOW, article, place, save
from stores import execute

from aggregator.grouping.reasons import BY_HAND
from aggregator.grouping.types import Grouping, Placement, StorylinePlacement, storyline_id
from aggregator.store import Store

STORIES = [f"urn:uuid:{number:08}" for number in range(4)]
LINE = storyline_id(STORIES[0])


@pytest.fixture
def store(store: Store) -> Store:
    """A store with four stories, the first ones being the oldest, of which the first two form a storyline."""
    save(store, [article(number) for number in (4, 3, 2, 1)])
    place(store, [4], [3], [2], [1])
    put(store, StorylinePlacement(STORIES[0], LINE), StorylinePlacement(STORIES[1], LINE, "continues it"))
    set_began(store)
    return store


def set_began(store: Store) -> None:
    """Store when the stories began; `place` does not know it."""
    execute(store, "UPDATE stories SET began = (SELECT min(date) FROM articles WHERE story = stories.id)")


def put(store: Store, *placements: StorylinePlacement, profiles: dict[str, bytes] | None = None) -> None:
    store.save_grouping(Grouping(storylines=[*placements], profiles=profiles or {}), WINDOW, NOW)


def merge(store: Store, old: str, into: str) -> None:
    store.save_grouping(Grouping(merged={old: into}), WINDOW, NOW)


def lines(store: Store) -> dict[str, str | None]:
    """Return the storyline of each story."""
    return {story.id: story.storyline.id if story.storyline else None for story in store.stories()}


def test_a_story_knows_its_storyline_and_the_earlier_stories(store: Store) -> None:
    put(store, StorylinePlacement(STORIES[3], LINE, "continues the second"))
    first, second, fourth = (store.story(STORIES[n]).storyline for n in (0, 1, 3))
    assert first and second and fourth
    assert {one.title for one in (first, second, fourth)} == {"Häuser am Fluß 4"}
    assert (first.earlier, first.why) == ((), "")
    assert [one.id for one in fourth.earlier] == [STORIES[1], STORIES[0]]
    assert fourth.why == "continues the second"
    found = store.storyline_of(STORIES[1])
    assert [(one.story.id, one.why) for one in found.chapters] == [
        (STORIES[0], None),
        (STORIES[1], "continues it"),
        (STORIES[3], "continues the second"),
    ]


def test_a_story_keeps_its_storyline_and_a_storyline_its_title(store: Store) -> None:
    store.rename_storyline(LINE, "The houses")
    put(store, StorylinePlacement(STORIES[2], "urn:other"), StorylinePlacement(STORIES[1], "urn:other", "continues"))
    put(store, StorylinePlacement(STORIES[0], LINE))
    assert lines(store) == dict(zip(STORIES, [LINE, LINE, "urn:other", None], strict=True))
    assert store.storyline_of(STORIES[0]).title == "The houses"


def test_corrections_hold(store: Store) -> None:
    store.take_out_of_storyline(STORIES[1])
    store.put_into_storyline(STORIES[3], STORIES[2])
    put(store, *(StorylinePlacement(story, LINE, "found") for story in STORIES[1:]))
    other = storyline_id(STORIES[2])
    assert lines(store) == dict(zip(STORIES, [LINE, None, other, other], strict=True))
    assert store.storyline_context([NOW]).excluded == {STORIES[1]}
    assert store.storyline_of(STORIES[1]).by_hand
    assert [one.why for one in store.storyline_of(STORIES[2]).chapters] == [None, BY_HAND]
    assert [(one.story.id, one.storyline) for one in store.storyline_corrections()] == [
        (STORIES[1], None),
        (STORIES[3], other),
    ]
    store.put_into_storyline(STORIES[1], STORIES[0])
    assert lines(store)[STORIES[1]] == LINE


@pytest.mark.parametrize(
    ("old", "into", "storyline"),
    [
        pytest.param(1, 2, LINE, id="the other one's, if it has none"),
        pytest.param(2, 1, LINE, id="its own"),
        pytest.param(3, 1, LINE, id="its own, although the other has one"),
    ],
)
def test_a_merged_story_has_the_storyline(store: Store, old: int, into: int, storyline: str) -> None:
    put(store, StorylinePlacement(STORIES[3], "urn:other"))
    merge(store, STORIES[old], STORIES[into])
    assert lines(store)[STORIES[into]] == storyline


def test_corrections_survive_merging(store: Store) -> None:
    store.take_out_of_storyline(STORIES[2])
    merge(store, STORIES[2], STORIES[1])
    assert lines(store)[STORIES[1]] is None, "the correction takes precedence over what was found"
    store.put_into_storyline(STORIES[3], STORIES[0])
    merge(store, STORIES[3], STORIES[1])
    found = store.storyline_of(STORIES[1])
    assert (found.id, found.by_hand) == (None, True), "the older of two corrections stays"


def test_profiles_are_kept_for_some_weeks(store: Store) -> None:
    put(store, profiles={story: b"profile" for story in STORIES[2:]})
    earlier = {one.id: (one.storyline, one.profile) for one in store.storyline_context([NOW]).earlier}
    assert earlier == {
        STORIES[0]: (LINE, b""),
        STORIES[1]: (LINE, b""),
        STORIES[2]: (None, b"profile"),
        STORIES[3]: (None, b"profile"),
    }
    assert store.storyline_context([NOW + timedelta(days=40)]).earlier == []
    store.prune(NOW - timedelta(days=180))
    assert len(store.storyline_context([NOW]).earlier) == 4
    later = NOW + timedelta(days=40)
    save(store, [article(9, published=later, first_seen=later)])
    [new] = store.articles_to_group(10)
    placed = Grouping(placements=[Placement(key=new.key, story="urn:new")], new_stories={"urn:new": 0})
    store.save_grouping(placed, WINDOW, later)
    store.prune(NOW - timedelta(days=180))
    assert {one.id for one in store.storyline_context([NOW]).earlier} == {STORIES[0], STORIES[1]}


def test_a_storyline_without_stories_is_deleted(store: Store) -> None:
    for story in STORIES[:2]:
        store.take_out_of_storyline(story)
    store.prune(NOW - timedelta(days=180))
    assert execute(store, "SELECT count(*) FROM storylines") == [(0,)]


def test_storylines_of_an_older_store_stay(tmp_path: Path) -> None:
    """The version before looked for storylines by links only."""
    path = tmp_path / "store.db"
    path.write_bytes(gzip.decompress((DATA / "stores" / "version-1.db.gz").read_bytes()))
    with Store.open(path) as store:
        ids = [story.id for story in store.stories()]
    with sqlite3.connect(path) as database:
        for statement in (
            "DROP INDEX stories_profile",
            "DROP INDEX stories_taken_out",
            *(f"ALTER TABLE stories DROP COLUMN {name}" for name in ("storyline_why", "storyline_by_hand", "profile")),
            "ALTER TABLE stories ADD COLUMN examined INTEGER DEFAULT 0 NOT NULL",
            "INSERT INTO storylines VALUES ('urn:line', 'The bridge')",
            "UPDATE stories SET storyline = 'urn:line', examined = 1",
            "DROP INDEX articles_source_date",
            "CREATE INDEX articles_unplaced ON articles (key) WHERE story IS NULL",
            "PRAGMA user_version = 5",
        ):
            database.execute(statement)
    database.close()
    with Store.open(path) as store:
        assert lines(store) == dict.fromkeys(ids, "urn:line")
        dates = [article.order for story in store.stories() for article in story.articles]
        assert {one.storyline for one in store.storyline_context(dates).earlier} == {"urn:line"}
        put(store, *(StorylinePlacement(story, "urn:new") for story in ids))
        assert lines(store) == dict.fromkeys(ids, "urn:line")
