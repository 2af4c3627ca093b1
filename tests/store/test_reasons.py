"""Reasons do not cite articles and stories that have gone: pruned, moved, split off, merged, or taken out by hand."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from stored_articles import NOW, SOURCES, WINDOW, article, place, save
from stores import execute

from aggregator.grouping.reasons import EARLIER_LEFT, OTHERS_LEFT, Continues, IsCopy, Shares, encode
from aggregator.grouping.types import Grouping, Placement, StorylinePlacement, storyline_id
from aggregator.ingest.identify import SourceArticles
from aggregator.store import Store

STORY, OTHER = "urn:uuid:story", "urn:uuid:other"
TEXT = "All 212 hangers of Ferrier Bridge were replaced in 19 months, says engineer Ove Brandt."
TITLES = ("Ferrier Bridge reopens", "Ferrier Bridge opens to buses", "Buses cross Ferrier Bridge", "Weather: mild")


@pytest.fixture
def keys(store: Store) -> list[int]:
    """Keys of four articles, the oldest first, in one story; each cites the one before it."""
    texts = (TEXT, TEXT + " Buses cross.", TEXT + " It rained.", "Nothing else.")
    save(store, [article(9 - n, title=TITLES[n], summary=texts[n]) for n in range(4)])
    found = sorted(store.articles_to_group(9), key=lambda one: one.time)
    keys = [one.key for one in found]
    placed = [Placement(key=keys[0], story=STORY)]
    placed += [
        Placement(key=key, story=STORY, why=encode(Shares(before, ("Ferrier",), 1.0, 0.4, -0.3)))
        for before, key in pairwise(keys)
    ]
    store.save_grouping(Grouping(placements=placed, new_stories={STORY: 0}), WINDOW, NOW)
    return keys


def test_a_reason_names_the_article_as_it_is_called_now(store: Store, keys: list[int]) -> None:
    assert store.story(STORY).why[0] == (
        "shares Ferrier with One: “Ferrier Bridge reopens”, 1 hour earlier (closeness to the story +0.4, needed -0.3)"
    )
    [trace] = store.find("id8", None)
    assert trace.why == store.story(STORY).why[0]


def test_articles_moved_by_grouping_are_cited_no_more(store: Store, keys: list[int]) -> None:
    moved = Placement(key=keys[1], story=OTHER, previous_story=STORY)
    store.save_grouping(Grouping(placements=[moved], new_stories={OTHER: 0}), WINDOW, NOW)
    third, fourth = store.story(STORY).why
    assert "with One: “Ferrier Bridge reopens”, 2 hours earlier" in third
    assert "Ferrier and Bridge" in third or "Bridge and Ferrier" in third or "Ferrier, " in third
    assert fourth.startswith("shares Ferrier with One: “Buses cross Ferrier Bridge”"), "it is still there"


def test_an_article_that_shares_nothing_with_those_left_says_so(store: Store, keys: list[int]) -> None:
    moved = [Placement(key=key, story=OTHER, previous_story=STORY) for key in keys[1:3]]
    store.save_grouping(Grouping(placements=moved, new_stories={OTHER: 0}), WINDOW, NOW)
    assert store.story(STORY).why == (OTHERS_LEFT,)


def test_the_first_of_those_that_are_left_has_no_reason(store: Store, keys: list[int]) -> None:
    store.split(keys[0], WINDOW, NOW)
    [trace] = store.find("id8", None)
    assert trace.why is None
    assert "“Ferrier Bridge opens to buses”" in store.story(STORY).why[0]


def test_pruned_articles_are_cited_no_more(store: Store, keys: list[int]) -> None:
    later = NOW + timedelta(days=200)
    [state, _] = store.states(SOURCES)
    store.save(
        msgspec.structs.replace(state, last_full=later), SourceArticles(unchanged=[b"id9", b"id7", b"id6"]), b"", later
    )
    assert store.prune(later - timedelta(days=180)) == 1
    third, fourth = store.story(STORY).why
    assert "“Ferrier Bridge reopens”" in third
    assert "“Buses cross Ferrier Bridge”" in fourth


def test_copies_of_a_pruned_article_are_articles_with_reasons_of_their_own(store: Store) -> None:
    save(store, [article(n, title=TITLES[0], summary=TEXT) for n in (9, 8, 7)])
    keys = [one.key for one in sorted(store.articles_to_group(9), key=lambda one: one.time)]
    why = encode(IsCopy("the same text"))
    placed = [Placement(key=keys[0], story=STORY)]
    placed += [Placement(key=key, story=STORY, why=why, duplicate_of=keys[0]) for key in keys[1:]]
    store.save_grouping(Grouping(placements=placed, new_stories={STORY: 0}), WINDOW, NOW)
    assert [copy.why for copy in store.story(STORY).copies] == ["the same text as One: “Ferrier Bridge reopens”"] * 2
    later = NOW + timedelta(days=200)
    [state, _] = store.states(SOURCES)
    kept = SourceArticles(unchanged=[b"id8", b"id7"])
    store.save(msgspec.structs.replace(state, last_full=later), kept, b"", later)
    assert store.prune(later - timedelta(days=180)) == 1
    story = store.story(STORY)
    assert (len(story.articles), len(story.copies)) == (2, 0)
    assert story.why[0].startswith("shares ")
    assert "1 hour earlier" in story.why[0]
    assert store.find("id8", None)[0].why is None


def test_reasons_of_earlier_versions_are_written_anew_when_their_article_leaves(store: Store, keys: list[int]) -> None:
    old = 'with One "Ferrier Bridge opens to buses": shares Ferrier; 1 h apart; score +0.4 over -0.3'
    store.save_grouping(Grouping(placements=[Placement(key=keys[2], story=STORY, why=old)]), WINDOW, NOW)
    assert old in store.story(STORY).why
    store.split(keys[3], WINDOW, NOW)
    assert old in store.story(STORY).why, "what it cites is in the story"
    store.split(keys[1], WINDOW, NOW)
    assert "with One: “Ferrier Bridge reopens”" in store.story(STORY).why[0]


# Storylines

STORIES = [f"urn:uuid:{number:08}" for number in range(3)]
LINE = storyline_id(STORIES[0])


@pytest.fixture
def saga(store: Store) -> Store:
    """A store with three stories of one article, the oldest first, in a storyline; each continues the one before."""
    save(store, [article(9 - n, title=TITLES[n], summary=TEXT) for n in range(3)])
    place(store, [9], [8], [7])
    execute(store, "UPDATE stories SET began = (SELECT min(date) FROM articles WHERE story = stories.id)")
    lines = [StorylinePlacement(STORIES[0], LINE)]
    lines += [
        StorylinePlacement(story, LINE, encode(Continues(before, ("Ferrier",), True)))
        for before, story in pairwise(STORIES)
    ]
    store.save_grouping(Grouping(storylines=lines), WINDOW, NOW)
    return store


def why(store: Store, story: str) -> str | None:
    found = store.story(story).storyline
    return found.why if found else None


def test_a_story_names_the_one_that_it_continues(saga: Store) -> None:
    assert why(saga, STORIES[2]) == (
        "continues “Ferrier Bridge opens to buses” (One, 2026-11-24): links to it; shares Ferrier"
    )


def test_a_story_that_was_taken_out_is_cited_no_more(saga: Store) -> None:
    saga.take_out_of_storyline(STORIES[1])
    assert why(saga, STORIES[2]) == EARLIER_LEFT, "profiles are not stored here, so nothing else is known"
    saga.take_out_of_storyline(STORIES[0])
    assert why(saga, STORIES[2]) == "", "it is the first story now"


def test_a_story_that_was_merged_is_cited_as_the_one_that_it_is_in(saga: Store) -> None:
    saga.merge(STORIES[0], STORIES[1], WINDOW, NOW)
    assert why(saga, STORIES[2]) == "continues “Ferrier Bridge reopens” (One, 2026-11-24): links to it; shares Ferrier"


def test_a_story_does_not_continue_itself(saga: Store) -> None:
    saga.merge(STORIES[1], STORIES[2], WINDOW, NOW)
    assert (why(saga, STORIES[1]) or "").startswith("continues “Ferrier Bridge reopens”")
