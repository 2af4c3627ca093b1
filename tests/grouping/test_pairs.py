"""Candidate pairs, features and scores."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import RECORD, make_records
from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.pairs.arrays import Window, make_window
from aggregator.grouping.pairs.candidates import MAX_COMPARED, NEIGHBOURS, candidate_pairs
from aggregator.grouping.pairs.features import FEATURES
from aggregator.grouping.pairs.model import load_model, score_pairs, sum_tables
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = 86400.0


def window(titles: list[str], hours: list[float] | None = None) -> Window:
    """Return articles one hour apart, alternately of two outlets."""
    articles = [
        wording_of(Article(id=str(n), url=None, title=title, first_seen=NOW, source=Outlet("Wire"), language="en"))
        for n, title in enumerate(titles)
    ]
    records = make_records(articles)
    Frequencies().count(records, np.zeros(0, RECORD))
    positions = np.arange(len(titles))
    times = (np.array(hours) if hours else positions * 1.0) * 3600
    return make_window(records, positions, times.astype(np.int64), positions % 2)


def pairs(titles: list[str], new: list[bool] | None = None, span: float = DAY * 1000) -> list[tuple[int, int]]:
    early, late = candidate_pairs(window(titles), np.array(new or [True] * len(titles), bool), span)
    return list(zip(early.tolist(), late.tolist(), strict=True))


BRIDGE = ["Ferrier Bridge reopens to buses", "Buses cross Ferrier Bridge again", "Zeppelin lands in Quoddy"]


def test_articles_that_share_distinctive_words_are_paired() -> None:
    assert pairs(BRIDGE) == [(0, 1)]
    assert pairs([]) == []
    assert pairs(["", "🚢", ""]) == []


def test_each_pair_contains_a_new_article() -> None:
    assert pairs(BRIDGE, [False, False, True]) == []
    assert pairs(BRIDGE, [True, False, False]) == pairs(BRIDGE, [False, True, False]) == [(0, 1)]


def test_pairs_are_within_the_window() -> None:
    assert pairs(BRIDGE, span=3600) == [(0, 1)]
    assert pairs(BRIDGE, span=3599) == []


def test_each_article_is_compared_with_a_limited_number_of_earlier_ones() -> None:
    compared = Counter(late for _, late in pairs(["Ferrier Bridge reopens to buses"] * 5000))
    assert max(compared.values()) <= MAX_COMPARED
    assert compared.keys() == set(range(1, 5000))


def test_an_article_is_paired_with_its_neighbours_in_time_whether_these_are_new_or_not() -> None:
    new = [position == 50 for position in range(100)]
    expected = [(50 - back, 50) for back in range(1, NEIGHBOURS + 1)]
    expected += [(50, 50 + ahead) for ahead in range(1, NEIGHBOURS + 1)]
    assert sorted(pairs(["Ferrier Bridge reopens"] * 100, new)) == sorted(expected)


WORDS = st.sampled_from(["Ferrier", "Quoddy", "Zeppelin", "bridge", "the", "212", "🚢"])
TITLES = st.lists(st.lists(WORDS, max_size=5).map(" ".join), max_size=12)


@settings(max_examples=60, deadline=None)
@given(TITLES, st.lists(st.booleans(), min_size=12, max_size=12))
def test_pairs_are_unique_and_in_order_of_time(titles: list[str], new: list[bool]) -> None:
    candidates = pairs(titles, new[: len(titles)])
    assert len(candidates) == len(set(candidates))
    assert all(early < late and (new[early] or new[late]) for early, late in candidates)


@settings(max_examples=60, deadline=None)
@given(TITLES.map(lambda titles: titles[:8]), st.lists(st.booleans(), min_size=8, max_size=8))
def test_new_articles_have_the_pairs_that_they_have_if_all_are_new(titles: list[str], new: list[bool]) -> None:
    all_pairs = pairs(titles)  # so few that none is left out
    assert pairs(titles, new[: len(titles)]) == [(early, late) for early, late in all_pairs if new[early] or new[late]]


def test_more_similar_articles_have_higher_scores() -> None:
    titles = [*BRIDGE, "Ferrier Bridge reopens to buses"]
    log_odds, cosine = score_pairs(window(titles), np.array([0, 0, 0]), np.array([3, 1, 2]))
    assert log_odds[0] > log_odds[1] > log_odds[2]
    assert cosine[0] > cosine[1] > cosine[2]
    assert log_odds[2] == -np.inf


FEATURE_VALUES = st.lists(st.floats(0, 100, width=32), min_size=len(FEATURES), max_size=len(FEATURES))


@pytest.mark.parametrize("feature", [feature for feature, sign in FEATURES.items() if sign])
@settings(max_examples=20, deadline=None)
@given(FEATURE_VALUES, st.floats(0, 100, width=32))
def test_each_feature_can_only_raise_or_only_lower_the_score(feature: str, values: list[float], more: float) -> None:
    row = list(FEATURES).index(feature)
    matrix = np.array([values, values], np.float32).T
    matrix[row, 1] += more
    before, after = sum_tables(matrix).tolist()
    assert (after - before) * FEATURES[feature] >= -1e-4
    assert -20 < after < 20


def test_tables_use_existing_features() -> None:
    for table in load_model().tables:
        assert {feature for feature, _ in table.conditions} <= FEATURES.keys()
        assert len(table.values) == 2 ** len(table.conditions)
