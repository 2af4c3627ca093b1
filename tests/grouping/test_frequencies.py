"""How often words were met: counted once, kept from run to run, and the same whoever counts."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features import frequencies
from aggregator.grouping.features.frequencies import FEW, MEMORY, Frequencies
from aggregator.grouping.features.records import RECORD, Records, read
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NONE = np.zeros(0, RECORD)


def records(titles: list[str]) -> Records:
    return read(
        [
            Article(id="1", url=None, title=title, first_seen=NOW, source=Outlet("Wire"), language="en")
            for title in titles
        ]
    )


def rarity(known: Frequencies, title: str) -> float:
    """What the first kept word of a title is worth."""
    found = records([title])
    known.weigh_again(found)
    return float(found["rarity"][0, 0])


NEWS = [f"Zeppelin {number} lands in Quoddy" for number in range(FEW + 50)]


def test_a_word_that_is_met_often_says_less() -> None:
    fresh, known = Frequencies(), Frequencies()
    known.weigh(records(NEWS), NONE)
    assert rarity(known, "Zeppelin") < rarity(fresh, "Zeppelin")
    assert rarity(known, "Xylophonist") >= rarity(known, "Zeppelin")


def test_a_word_of_everyday_says_little_from_the_start() -> None:
    assert rarity(Frequencies(), "government") < rarity(Frequencies(), "Zeppelin")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["Quoddy opens", "Zeppelin lands", "Ferry sinks", "", "数学"]), max_size=40))
def test_what_is_kept_is_what_was_counted(titles: list[str]) -> None:
    known = Frequencies()
    known.weigh(records(titles), NONE)
    again = Frequencies(known.kept())
    assert again.articles == known.articles == len(titles)
    for title in ("Quoddy", "Zeppelin", "Ferry", "Unmet"):
        assert rarity(again, title) == rarity(known, title)
    assert again.kept() == known.kept()


def test_one_run_weighs_as_many_do() -> None:
    at_once, in_parts = Frequencies(), Frequencies()
    news = records(NEWS)
    at_once.weigh(news, NONE)
    parts = [news[start : start + 50].copy() for start in range(0, len(news), 50)]
    for number, part in enumerate(parts):
        before = np.concatenate(parts[:number]) if number else NONE
        in_parts.weigh(part, before)
    assert in_parts.kept() == at_once.kept()
    assert parts[-1].tobytes() == news[-50:].tobytes()


def test_until_enough_is_known_what_was_there_is_weighed_anew() -> None:
    known = Frequencies()
    first = records(NEWS[:10])
    known.weigh(first, NONE)
    assert known.cold
    before = first["rarity"].copy()
    known.weigh(records(NEWS[10:]), first)
    assert not known.cold
    assert (first["rarity"] != before).any()


def test_what_was_common_years_ago_is_forgotten() -> None:
    known = Frequencies()
    known.weigh(records(NEWS), NONE)
    known.articles = MEMORY + 1.0
    held = int(known._counts.max() & frequencies._COUNT)
    known.weigh(records(["Unmet before"]), NONE)
    assert int(known._counts.max() & frequencies._COUNT) == held // 2
    assert known.articles == (MEMORY + 1) / 2 + 1
