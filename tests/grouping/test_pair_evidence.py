"""Which articles are compared, and what the evidence about a pair is worth."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import RECORD, read
from aggregator.grouping.pairs.arrays import Window, look_at
from aggregator.grouping.pairs.candidates import MOST, pairs
from aggregator.grouping.pairs.features import KINDS
from aggregator.grouping.pairs.model import add_up, likeness, weights
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = 86400.0


def window(titles: list[str], hours: list[float] | None = None) -> Window:
    """Articles an hour apart, of two outlets by turns."""
    articles = [
        Article(id=str(n), url=None, title=title, first_seen=NOW, source=Outlet("Wire"), language="en")
        for n, title in enumerate(titles)
    ]
    records = read(articles)
    Frequencies().weigh(records, np.zeros(0, RECORD))
    rows = np.arange(len(titles))
    time = (np.array(hours) if hours else rows * 1.0) * 3600
    return look_at(records, rows, time.astype(np.int64), rows % 2)


def met(titles: list[str], new: list[bool] | None = None, span: float = DAY * 1000) -> list[tuple[int, int]]:
    early, late = pairs(window(titles), np.array(new or [True] * len(titles), bool), span)
    return list(zip(early.tolist(), late.tolist(), strict=True))


BRIDGE = ["Ferrier Bridge reopens to buses", "Buses cross Ferrier Bridge again", "Zeppelin lands in Quoddy"]


def test_articles_that_share_telling_words_meet() -> None:
    assert met(BRIDGE) == [(0, 1)]
    assert met([]) == []
    assert met(["", "🚢", ""]) == []


def test_none_of_a_pair_is_old_news_alone() -> None:
    assert met(BRIDGE, [False, False, True]) == []
    assert met(BRIDGE, [True, False, False]) == met(BRIDGE, [False, True, False]) == [(0, 1)]


def test_a_pair_lies_within_the_window() -> None:
    assert met(BRIDGE, span=3600) == [(0, 1)]
    assert met(BRIDGE, span=3599) == []


def test_thousands_of_one_title_meet_few_each() -> None:
    found = met(["Ferrier Bridge reopens to buses"] * 5000)
    assert len(found) <= MOST * 5000
    assert {late for _, late in found} == set(range(1, 5000))


WORDS = st.sampled_from(["Ferrier", "Quoddy", "Zeppelin", "bridge", "the", "212", "🚢"])
TITLES = st.lists(st.lists(WORDS, max_size=5).map(" ".join), max_size=12)


@settings(max_examples=60, deadline=None)
@given(TITLES, st.lists(st.booleans(), min_size=12, max_size=12))
def test_each_pair_is_met_once_in_the_order_of_time(titles: list[str], new: list[bool]) -> None:
    found = met(titles, new[: len(titles)])
    assert len(found) == len(set(found))
    assert all(early < late and (new[early] or new[late]) for early, late in found)


def test_what_is_more_alike_is_likelier_one_story() -> None:
    titles = [*BRIDGE, "Ferrier Bridge reopens to buses"]
    odds, cosine = likeness(window(titles), np.array([0, 0, 0]), np.array([3, 1, 2]))
    assert odds[0] > odds[1] > odds[2]
    assert cosine[0] > cosine[1] > cosine[2]
    assert odds[2] == -np.inf


EVIDENCE = st.lists(st.floats(0, 100, width=32), min_size=len(KINDS), max_size=len(KINDS))


@pytest.mark.parametrize("kind", [kind for kind, sign in KINDS.items() if sign])
@settings(max_examples=20, deadline=None)
@given(EVIDENCE, st.floats(0, 100, width=32))
def test_evidence_for_can_only_add_and_against_only_take_away(kind: str, evidence: list[float], more: float) -> None:
    row = list(KINDS).index(kind)
    table = np.array([evidence, evidence], np.float32).T
    table[row, 1] += more
    less, odds = add_up(table).tolist()
    assert (odds - less) * KINDS[kind] >= -1e-4
    assert -20 < odds < 20


def test_every_question_is_about_evidence_that_is_there() -> None:
    for table in weights().tables:
        assert {kind for kind, _ in table.questions} <= KINDS.keys()
        assert len(table.worth) == 2 ** len(table.questions)
