"""Word frequencies: counting, rarity, serialisation, and independence of how articles are divided into runs."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features import frequencies
from aggregator.grouping.features.frequencies import COLD_START_ARTICLES, MAX_ARTICLES, Frequencies
from aggregator.grouping.features.records import RECORD, Records, make_records
from aggregator.grouping.features.wording import wording_of
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NO_RECORDS = np.zeros(0, RECORD)


def records(titles: list[str]) -> Records:
    return make_records(
        [
            wording_of(Article(id="1", url=None, title=title, first_seen=NOW, source=Outlet("Wire"), language="en"))
            for title in titles
        ]
    )


def rarity(frequencies: Frequencies, title: str) -> float:
    """Return the rarity of the least common word of a title."""
    rated = records([title])
    frequencies.rate(rated)
    return float(rated["rarity"][0, 0])


NEWS = [f"Zeppelin {number} lands in Quoddy" for number in range(COLD_START_ARTICLES + 50)]


def test_rarity_falls_with_frequency() -> None:
    fresh, counted = Frequencies(), Frequencies()
    counted.count(records(NEWS), NO_RECORDS)
    assert rarity(counted, "Zeppelin") < rarity(fresh, "Zeppelin")
    assert rarity(counted, "Xylophonist") >= rarity(counted, "Zeppelin")


def test_common_words_of_a_language_have_a_low_rarity_from_the_start() -> None:
    assert rarity(Frequencies(), "government") < rarity(Frequencies(), "Zeppelin")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["Quoddy opens", "Zeppelin lands", "Ferry sinks", "", "数学"]), max_size=40))
def test_serialised_counts_are_restored(titles: list[str]) -> None:
    counted = Frequencies()
    counted.count(records(titles), NO_RECORDS)
    again = Frequencies(counted.serialise())
    assert again.articles == counted.articles == len(titles)
    for title in ("Quoddy", "Zeppelin", "Ferry", "Unseen"):
        assert rarity(again, title) == rarity(counted, title)
    assert again.serialise() == counted.serialise()


def test_one_run_gives_the_rarities_of_many() -> None:
    in_one, in_parts = Frequencies(), Frequencies()
    news = records(NEWS)
    in_one.count(news, NO_RECORDS)
    parts = [news[start : start + 50].copy() for start in range(0, len(news), 50)]
    for number, part in enumerate(parts):
        before = np.concatenate(parts[:number]) if number else NO_RECORDS
        in_parts.count(part, before)
    assert in_parts.serialise() == in_one.serialise()
    assert parts[-1].tobytes() == news[-50:].tobytes()


def test_earlier_articles_are_rated_again_during_a_cold_start() -> None:
    counted = Frequencies()
    first = records(NEWS[:10])
    counted.count(first, NO_RECORDS)
    assert counted.cold_start
    before = first["rarity"].copy()
    counted.count(records(NEWS[10:]), first)
    assert not counted.cold_start
    assert (first["rarity"] != before).any()


def test_counts_are_halved_from_time_to_time() -> None:
    counted = Frequencies()
    counted.count(records(NEWS), NO_RECORDS)
    counted.articles = MAX_ARTICLES + 1.0
    largest = int(counted._counts.max() & frequencies._COUNT_MASK)
    counted.count(records(["Unseen before"]), NO_RECORDS)
    assert int(counted._counts.max() & frequencies._COUNT_MASK) == largest // 2
    assert counted.articles == (MAX_ARTICLES + 1) / 2 + 1
