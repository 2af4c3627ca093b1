"""Sorting with indices, the sums over shared words, and which pairs are compared: the same as computed one by one."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from aggregator.grouping.features.records import PHRASES, RARITY_STEPS, WIDTH
from aggregator.grouping.features.run_length import stable_argsort
from aggregator.grouping.pairs.arrays import NAME, NUMBER, SUMMARY, TITLE, Window
from aggregator.grouping.pairs.candidates import MAX_COMPARED, MAX_COMPARED_ONE_BUCKET, _most_shared
from aggregator.grouping.pairs.novelty import Novelty
from aggregator.grouping.pairs.shared_words import sum_shared, unpack_sums


@given(st.lists(st.integers(0, 2**62) | st.integers(0, 3)))
def test_sorting_with_indices_is_stable(values: list[int]) -> None:
    array = np.array(values, np.int64)
    assert stable_argsort(array).tolist() == np.argsort(array, kind="stable").tolist()


def window_of(words: npt.NDArray[np.uint32], rng: np.random.Generator) -> Window:
    articles = len(words)
    return Window(
        words=words,
        flags=rng.integers(0, 16, words.shape).astype(np.uint8),
        rarity=rng.integers(0, 241, words.shape).astype(np.uint8),
        weights=np.full(words.shape, WIDTH**-0.5, np.float32),
        phrases=np.zeros((articles, PHRASES), np.uint32),
        word_counts=np.zeros(articles, np.float32),
        summary_counts=np.zeros(articles, np.float32),
        times=np.arange(articles),
        outlets=np.zeros(articles, np.int64),
    )


@given(st.integers(0, 1000))
def test_sums_over_shared_words_are_those_of_each_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = np.array([rng.permutation(50)[:WIDTH] for _ in range(6)], np.uint32)  # 0 is no word
    window = window_of(words * np.uint32(7919), rng)
    novelty = Novelty(rng.integers(-24, 81, words.shape).astype(np.int8), np.zeros((6, PHRASES), np.int8))
    a, b = (np.array(rows) for rows in zip(*((n, m) for m in range(6) for n in range(m)), strict=True))
    sums = sum_shared(window, novelty, a, b)
    totals = unpack_sums(sums.sums)
    assert len(sums.selected)
    for number, pair in enumerate(sums.selected.tolist()):
        shared = [
            (x, y)
            for x, word in enumerate(words[a[pair]])
            for y, other in enumerate(words[b[pair]])
            if word == other > 0
        ]
        kinds: dict[str, float] = defaultdict(float)
        for x, y in shared:
            flags = int(window.flags[a[pair], x]), int(window.flags[b[pair], y])
            rarity = min(int(window.rarity[a[pair], x]), int(window.rarity[b[pair], y])) / RARITY_STEPS
            kinds["in_title_a"] += rarity * bool(flags[0] & TITLE)
            kinds["title_names_b"] += rarity * bool(flags[1] & TITLE and flags[1] & NAME)
            kinds["words"] += rarity * (not ((flags[0] | flags[1]) & NAME or flags[0] & NUMBER))
            kinds["both_title_names"] += rarity * bool(flags[0] & flags[1] & TITLE and (flags[0] | flags[1]) & NAME)
            kinds["titles"] += rarity**2 * bool(flags[0] & flags[1] & TITLE)
            kinds["summaries"] += rarity**2 * bool(flags[0] & flags[1] & SUMMARY)
            kinds["novelty"] += rarity * max(int(novelty.words[b[pair], y]), 0)
            kinds["number_count"] += bool(flags[0] & NUMBER)
            kinds["rarest"] = max(kinds["rarest"], rarity)
        assert {kind: float(totals[kind][number]) for kind in kinds} == kinds


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=300), st.integers(0, 20))
def test_an_article_is_compared_with_those_it_shares_most_buckets_with(
    shared: list[tuple[int, int]], first_near: int
) -> None:
    start, bits = 30, 8
    codes = np.array([late << bits | early for late, early in shared], np.uint32)
    early_rows, late_rows = _most_shared(codes, start, bits, np.full(4, first_near, np.uint32))
    times = Counter((late, early) for late, early in shared if first_near <= early < start + late)
    wanted = []
    for article in range(4):
        ranked = sorted((-times[pair], pair[1]) for pair in times if pair[0] == article)
        for rank, (negative, early) in enumerate(ranked):
            if rank < (MAX_COMPARED_ONE_BUCKET if negative == -1 else MAX_COMPARED):
                wanted.append((early, start + article))
    assert list(zip(early_rows.tolist(), late_rows.tolist(), strict=True)) == wanted
