"""Clusters: which groups are merged or kept apart, and independence of the order of links."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.clusters import (
    DAY,
    LINKS_PER_ARTICLE,
    MAX_LOG_ODDS,
    NEVER,
    Clusters,
    Links,
)
from aggregator.grouping.thresholds import FEW_ARTICLES, GROUPS_THRESHOLD, SINGLES_THRESHOLD, Thresholds
from aggregator.grouping.types import Pair

LinkMap = dict[Pair, float]
"""Log-odds by pair."""


def links(log_odds: LinkMap) -> Links:
    pairs = list(log_odds)
    return Links(
        np.array([a for a, _ in pairs], np.int64),
        np.array([b for _, b in pairs], np.int64),
        np.array([log_odds[pair] for pair in pairs], np.float32),
    )


def grouped(size: int, log_odds: LinkMap, apart: tuple[Pair, ...] = (), same: tuple[Pair, ...] = ()) -> list[list[int]]:
    clusters = Clusters([0] * size, [1] * size, Thresholds())
    clusters.keep_apart(apart)
    clusters.merge(same)
    clusters.add_links(links(log_odds))
    return clusters.groups()


def test_merges_by_hand_override_votes_and_other_decisions() -> None:
    log_odds = {(0, 1): NEVER, (0, 2): 4.0, (1, 2): 4.0, (2, 3): 1.0}
    assert grouped(4, log_odds, same=((0, 1),)) == [[0, 1, 2], [3]]
    assert grouped(4, log_odds, apart=((0, 1),), same=((0, 1),)) == [[0, 1, 2], [3]]


def test_two_single_articles_must_reach_the_threshold() -> None:
    assert grouped(2, {(0, 1): SINGLES_THRESHOLD + 0.01}) == [[0, 1]]
    assert grouped(2, {(0, 1): SINGLES_THRESHOLD - 0.01}) == [[0], [1]]


def test_the_threshold_falls_as_groups_grow() -> None:
    thresholds = [Thresholds()[size] for size in range(2, 60)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] == pytest.approx(SINGLES_THRESHOLD)
    assert thresholds[-1] == pytest.approx(GROUPS_THRESHOLD, abs=0.01)
    assert Thresholds(strictness=1.0)[2] == pytest.approx(SINGLES_THRESHOLD + 1.0)


def test_the_more_articles_there_are_the_more_two_of_them_must_resemble_each_other() -> None:
    for few in (0, 1, FEW_ARTICLES):
        assert Thresholds(articles=few)[2] == SINGLES_THRESHOLD
    many, more = Thresholds(articles=3000), Thresholds(articles=100_000)
    assert SINGLES_THRESHOLD + 0.3 < many[2] < more[2] < MAX_LOG_ODDS
    assert many[60] == pytest.approx(more[60], abs=0.01)


def test_one_link_does_not_add_an_article_to_a_large_group() -> None:
    dense = {pair: MAX_LOG_ODDS for pair in combinations(range(8), 2)}
    assert grouped(9, dense | {(0, 8): MAX_LOG_ODDS}) == [[*range(8)], [8]]
    several = {(number, 8): MAX_LOG_ODDS for number in range(LINKS_PER_ARTICLE)}
    assert grouped(9, dense | several) == [[*range(9)]]


def test_groups_with_a_pair_that_is_kept_apart_are_not_merged() -> None:
    all_linked = {pair: MAX_LOG_ODDS for pair in combinations(range(4), 2)}
    for group in grouped(4, all_linked, apart=((0, 3),)):
        assert not {0, 3} <= set(group)
    vetoed = all_linked | {(1, 2): NEVER}
    for group in grouped(4, vetoed):
        assert not {1, 2} <= set(group)


def test_merges_by_hand_need_no_link() -> None:
    assert grouped(3, {}, same=((0, 2),)) == [[0, 2], [1]]


def test_stories_count_with_their_articles_outside_the_window() -> None:
    for size, merged in ((1, True), (9, False)):
        clusters = Clusters([0, 0], [size, 1], Thresholds())
        clusters.add_links(links({(0, 1): 2.0}))
        assert (clusters.groups() == [[0, 1]]) == merged


SIX = {pair: 2.0 for pair in combinations(range(6), 2)}


def dated(times: list[float], log_odds: LinkMap, sizes: list[int] | None = None) -> Clusters:
    """Return the clusters of articles with these times, in days."""
    clusters = Clusters([int(time * DAY) for time in times], sizes or [1] * len(times), Thresholds())
    clusters.add_links(links(log_odds))
    return clusters


def test_what_comes_days_after_a_story_founds_the_next_one() -> None:
    next_development = {(6, 7): 3.0} | {(a, b): 1.0 for a in range(6) for b in (6, 7)}
    assert dated([0.0] * 8, SIX | next_development).groups() == [[*range(8)]]
    assert dated([0.0] * 6 + [3.0] * 2, SIX | next_development).groups() == [[*range(6)], [6, 7]]


def test_a_story_does_not_grow_for_as_long_as_something_comes_every_day() -> None:
    """A chain: an article every three hours for twelve days, each like those of the day before it."""
    chain = {(a, b): 2.0 for a, b in combinations(range(96), 2) if b - a <= 8}
    sizes = [len(group) for group in dated([number / 8 for number in range(96)], chain).groups()]
    assert max(sizes) <= 32
    assert len(dated([0.0] * 96, chain).groups()) < len(sizes)


def test_plain_evidence_outweighs_the_distance() -> None:
    same_event = {pair: MAX_LOG_ODDS for pair in combinations(range(8), 2)}
    assert dated([0.0] * 6 + [1.5] * 2, same_event).groups() == [[*range(8)]]


def test_two_articles_have_no_core_yet() -> None:
    assert dated([0.0, 2.9], {(0, 1): SINGLES_THRESHOLD + 0.1}).groups() == [[0, 1]]


def test_stories_that_only_their_dates_keep_apart() -> None:
    related = {(a, b): 2.0 for a in range(6) for b in range(6, 12)}
    second = {(a + 6, b + 6): log_odds for (a, b), log_odds in SIX.items()}
    clusters = dated([0.0] * 6 + [3.0] * 6, SIX | second | related)
    assert clusters.groups() == [[*range(6)], [*range(6, 12)]]
    ((a, b),) = clusters.kept_apart_by_dates()
    assert {a // 6, b // 6} == {0, 1}
    assert [*dated([0.0] * 6 + [3.0] * 6, SIX | second).kept_apart_by_dates()] == []


PAIRS = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1])
LINK_MAPS = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-5, 5, width=16),
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(LINK_MAPS, st.randoms(use_true_random=False))
def test_every_article_is_in_one_group_whatever_the_order_of_links(log_odds: LinkMap, generator: random.Random) -> None:
    groups = grouped(12, log_odds)
    assert sorted(number for group in groups for number in group) == [*range(12)]
    shuffled = list(log_odds.items())
    generator.shuffle(shuffled)
    distinct = len(set(log_odds.values())) == len(log_odds)
    if distinct:
        assert sorted(grouped(12, dict(shuffled))) == sorted(groups)


@settings(max_examples=80, deadline=None)
@given(LINK_MAPS, st.lists(PAIRS, max_size=5))
def test_no_group_contains_a_pair_that_is_kept_apart(log_odds: LinkMap, apart: list[Pair]) -> None:
    for group in grouped(12, log_odds, apart=tuple(apart)):
        assert not any({a, b} <= set(group) for a, b in apart)


@settings(max_examples=50, deadline=None)
@given(LINK_MAPS)
def test_articles_without_links_stay_single(log_odds: LinkMap) -> None:
    linked = {number for pair in log_odds for number in pair}
    groups = grouped(12, log_odds)
    assert all([number] in groups for number in range(12) if number not in linked)
