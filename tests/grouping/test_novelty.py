"""Novelty: what is in the news today and was not in the days before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.grouping.pairs.novelty import HIGHEST, LOWEST, STEPS, novelty

HORMUZ, GOLDERS = 7, 4_000_000_000
HOUR = 3600


def rated(rows: list[tuple[float, list[int]]]) -> list[list[float]]:
    """Return the novelty of the terms of each row. `rows`: hours and terms."""
    terms = np.zeros((len(rows), 16), np.uint32)
    for row, (_, of_row) in enumerate(rows):
        terms[row, : len(of_row)] = of_row
    times = np.array([int(hours * HOUR) for hours, _ in rows], np.int64)
    result = novelty(terms, times, np.ones(len(rows), bool)) / STEPS
    return [result[row, : len(of_row)].tolist() for row, (_, of_row) in enumerate(rows)]


def test_what_appeared_at_noon_is_new_and_what_never_rests_is_not() -> None:
    """For three days every second article has one name; on the last day five of twenty have another one."""
    news: list[tuple[float, list[int]]] = [(n * 0.6, [HORMUZ] if n % 2 else [100 + n]) for n in range(120)]
    news += [(72 + n, [HORMUZ, GOLDERS]) for n in range(5)]
    last = rated(news)[-1]
    assert abs(last[0]) < 0.5
    assert last[1] > 2.5


def test_a_term_becomes_familiar() -> None:
    news: list[tuple[float, list[int]]] = [(n, [GOLDERS]) for n in range(96)]
    first_day, third_day = rated(news)[20][0], rated(news)[70][0]
    assert first_day > 1 > third_day


def test_an_article_is_compared_with_earlier_ones_only() -> None:
    news: list[tuple[float, list[int]]] = [(n, [HORMUZ, GOLDERS]) for n in range(80)]
    assert rated(news)[:40] == rated(news[:40])


def test_old_articles_are_forgotten() -> None:
    before: list[tuple[float, list[int]]] = [(n / 10, [HORMUZ]) for n in range(50)]
    week_later: list[tuple[float, list[int]]] = [(200.0, [HORMUZ]), (200.5, [HORMUZ])]
    assert rated(before + week_later)[-2:] == rated(week_later)


@pytest.mark.parametrize("rows", [[], [(0.0, [])], [(0.0, [HORMUZ])], [(0.0, [HORMUZ]), (1.0, [GOLDERS])]])
def test_terms_of_one_article_are_not_rated(rows: list[tuple[float, list[int]]]) -> None:
    assert rated(rows) == [[0.0] * len(terms) for _, terms in rows]


def test_the_other_articles_count_though_they_are_not_rated() -> None:
    random = np.random.default_rng(1)
    terms = np.array([random.choice(200, 8, replace=False) for _ in range(300)], np.uint32)
    times = np.arange(300) * HOUR // 3
    some = random.random(300) < 0.1
    all_rated = novelty(terms, times, np.ones(300, bool))
    assert (novelty(terms, times, some) == np.where(some[:, None], all_rated, 0)).all()


TERMS = st.lists(st.integers(1, 2**32 - 1) | st.integers(1, 5), max_size=8, unique=True)


@given(st.lists(st.tuples(st.floats(0, 300), TERMS), max_size=30))
def test_novelty_is_within_its_limits(rows: list[tuple[float, list[int]]]) -> None:
    by_time = sorted(rows, key=lambda row: row[0])
    assert all(LOWEST <= value <= HIGHEST for values in rated(by_time) for value in values)
