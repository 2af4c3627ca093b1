"""Which story a group is: ids stay where most of a story stays, and lead somewhere where they do not."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from aggregator.grouping.story_ids import Row, assign

BEGAN = {"old": 1, "middle": 2, "young": 3}


def row(key: int, story: str | None = None, why: str | None = "because") -> Row:
    seed = f"seed {key}" if story is None else None
    return Row(key=key, time=100 - key, arrived=0, seed=seed, story=story, why=why if story else None)


def test_the_larger_part_keeps_the_id() -> None:
    parts = [[row(1, "old", why=None)], [row(2, "old"), row(3, "old")]]
    small, large = assign(parts, BEGAN).stories
    assert large == "old"
    assert small.startswith("urn:uuid:")


def test_of_equal_parts_the_one_with_the_founder_keeps_it() -> None:
    assert assign([[row(2, "old")], [row(1, "old", why=None)]], BEGAN).stories[1] == "old"


def test_of_stories_that_are_one_the_oldest_stays() -> None:
    assigned = assign([[row(1, "young"), row(2, "old"), row(3, "middle"), row(4)]], BEGAN)
    assert assigned.stories == ["old"]
    assert assigned.merged == {"young": "old", "middle": "old"}
    assert assigned.founded == {}


def test_a_group_without_a_story_is_founded_by_its_earliest_article() -> None:
    first, later = row(2), row(1)
    assigned = assign([[later, first]], BEGAN)
    [(story, founder)] = assigned.founded.items()
    assert founder is first
    assert assigned.stories == [story]
    assert assign([[row(2)]], BEGAN).stories == [story]


@given(st.lists(st.lists(st.sampled_from(["old", "middle", "young", None]), min_size=1, max_size=6), max_size=8))
def test_no_id_is_lost_or_given_twice(stories: list[list[str | None]]) -> None:
    keys = count(1)
    groups = [[row(next(keys), story) for story in group] for group in stories]
    assigned = assign(groups, BEGAN)
    assert len(set(assigned.stories)) == len(groups)
    known = {story for group in stories for story in group if story}
    assert known == {story for story in assigned.stories if story in BEGAN} | assigned.merged.keys()
    assert set(assigned.merged.values()) <= set(assigned.stories)
    assert set(assigned.founded) == set(assigned.stories) - known
