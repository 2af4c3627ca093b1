"""Groups from links: which come together, which are kept apart, whatever the order."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.clusters import ALIKE, ALONE, APART, EACH, TOGETHER, Groups, Links, bar
from aggregator.grouping.types import Pair

Linked = dict[Pair, float]


def links(found: Linked) -> Links:
    pairs = list(found)
    return Links(
        np.array([a for a, _ in pairs], np.int64),
        np.array([b for _, b in pairs], np.int64),
        np.array([found[pair] for pair in pairs], np.float32),
    )


def grouped(size: int, found: Linked, apart: tuple[Pair, ...] = (), together: tuple[Pair, ...] = ()) -> list[list[int]]:
    groups = Groups([1] * size)
    groups.keep_apart(apart)
    groups.put_together(together)
    groups.link(links(found))
    return groups.groups()


def test_what_is_together_by_hand_stays_so_whoever_votes_against_it() -> None:
    found = {(0, 1): APART, (0, 2): 4.0, (1, 2): 4.0, (2, 3): 1.0}
    assert grouped(4, found, together=((0, 1),)) == [[0, 1, 2], [3]]
    assert grouped(4, found, apart=((0, 1),), together=((0, 1),)) == [[0, 1, 2], [3]]


def test_two_alone_must_reach_the_bar() -> None:
    assert grouped(2, {(0, 1): ALONE + 0.01}) == [[0, 1]]
    assert grouped(2, {(0, 1): ALONE - 0.01}) == [[0], [1]]


def test_the_bar_falls_as_a_group_grows() -> None:
    bars = [bar(size) for size in range(2, 60)]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] == pytest.approx(ALONE)
    assert bars[-1] == pytest.approx(TOGETHER, abs=0.01)
    assert bar(2, 1.0) == pytest.approx(ALONE + 1.0)


def test_one_link_does_not_join_a_story_of_many() -> None:
    dense = {pair: ALIKE for pair in combinations(range(8), 2)}
    assert grouped(9, dense | {(0, 8): ALIKE}) == [[*range(8)], [8]]
    several = {(place, 8): ALIKE for place in range(EACH)}
    assert grouped(9, dense | several) == [[*range(9)]]


def test_what_must_not_be_together_is_not_and_takes_its_group_along() -> None:
    everything = {pair: ALIKE for pair in combinations(range(4), 2)}
    for group in grouped(4, everything, apart=((0, 3),)):
        assert not {0, 3} <= set(group)
    veto = everything | {(1, 2): APART}
    for group in grouped(4, veto):
        assert not {1, 2} <= set(group)


def test_what_somebody_put_together_needs_no_link() -> None:
    assert grouped(3, {}, together=((0, 2),)) == [[0, 2], [1]]


def test_a_story_that_reaches_back_further_counts_as_large_as_it_is() -> None:
    for size, joined in ((1, True), (9, False)):
        groups = Groups([size, 1])
        groups.link(links({(0, 1): 2.0}))
        assert (groups.groups() == [[0, 1]]) == joined


LINKED = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-5, 5, width=16),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(LINKED, st.randoms(use_true_random=False))
def test_every_article_is_in_one_group_and_the_order_of_links_is_nothing(found: Linked, chance: random.Random) -> None:
    groups = grouped(12, found)
    assert sorted(place for group in groups for place in group) == [*range(12)]
    shuffled = list(found.items())
    chance.shuffle(shuffled)
    distinct = len(set(found.values())) == len(found)
    if distinct:
        assert sorted(grouped(12, dict(shuffled))) == sorted(groups)


@settings(max_examples=80, deadline=None)
@given(LINKED, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda p: p[0] != p[1]), max_size=5))
def test_no_group_holds_a_pair_that_is_kept_apart(found: Linked, apart: list[Pair]) -> None:
    for group in grouped(12, found, apart=tuple(apart)):
        assert not any({a, b} <= set(group) for a, b in apart)


@settings(max_examples=50, deadline=None)
@given(LINKED)
def test_articles_without_a_link_stay_alone(found: Linked) -> None:
    linked = {place for pair in found for place in pair}
    groups = grouped(12, found)
    assert all([place] in groups for place in range(12) if place not in linked)
