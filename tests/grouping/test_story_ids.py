"""Story ids: an id stays with the largest part of its story, or redirects."""

from __future__ import annotations

import uuid
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from aggregator.grouping.story_ids import ArticleState, assign_stories
from aggregator.grouping.types import NAMESPACE, story_id

BEGAN = {"old": 1, "middle": 2, "young": 3}


def state(key: int, story: str | None = None, why: str | None = "because") -> ArticleState:
    seed = f"seed {key}" if story is None else None
    return ArticleState(key=key, time=100 - key, first_seen=0, seed=seed, story=story, why=why if story else None)


def test_the_largest_part_keeps_the_id() -> None:
    parts = [[state(1, "old", why=None)], [state(2, "old"), state(3, "old")]]
    small, large = assign_stories(parts, BEGAN).stories
    assert large == "old"
    assert small.startswith("urn:uuid:")


def test_the_part_with_the_founder_keeps_the_id_if_parts_are_equally_large() -> None:
    assert assign_stories([[state(2, "old")], [state(1, "old", why=None)]], BEGAN).stories[1] == "old"


def test_merged_stories_keep_the_oldest_id() -> None:
    assignment = assign_stories([[state(1, "young"), state(2, "old"), state(3, "middle"), state(4)]], BEGAN)
    assert assignment.stories == ["old"]
    assert assignment.merged == {"young": "old", "middle": "old"}
    assert assignment.founders == {}


def test_the_earliest_article_of_a_new_story_is_its_founder() -> None:
    first, later = state(2), state(1)
    assignment = assign_stories([[later, first]], BEGAN)
    [(story, founder)] = assignment.founders.items()
    assert founder is first
    assert assignment.stories == [story]
    assert assign_stories([[state(2)]], BEGAN).stories == [story]


@given(st.lists(st.lists(st.sampled_from(["old", "middle", "young", None]), min_size=1, max_size=6), max_size=8))
def test_ids_are_unique_and_each_known_id_is_kept_or_merged(stories: list[list[str | None]]) -> None:
    keys = count(1)
    groups = [[state(next(keys), story) for story in group] for group in stories]
    assignment = assign_stories(groups, BEGAN)
    assert len(set(assignment.stories)) == len(groups)
    known = {story for group in stories for story in group if story}
    assert known == {story for story in assignment.stories if story in BEGAN} | assignment.merged.keys()
    assert set(assignment.merged.values()) <= set(assignment.stories)
    assert set(assignment.founders) == set(assignment.stories) - known


@given(st.text(st.characters(codec="utf-8")))
def test_an_id_is_a_uuid_of_version_5(seed: str) -> None:
    assert story_id(seed) == uuid.uuid5(uuid.UUID(bytes=NAMESPACE), seed).urn
