"""What is read of articles: each for itself, whatever stands beside it and whatever it is made of."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features.records import CAPITAL, IN_TITLE, IS_NUMBER, RECORD, SMALL, read, written
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PIECES = [
    *("Ferrier", "bridge", "212", "19%", "U.S.", "don't", "Ünïcode", "e\u0301t\u00e9", "İstanbul", "ﬁne", "a" * 300),
    *("数学", "東京タワー", "مدينة", "กรุงเทพ", "नमस्ते", "🚢", "\u202e", "\0", "\ud800", "-", "…", "  ", "\n"),
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
LANGUAGES = st.sampled_from([None, "", "en", "en-GB", "de", "zh", "xx", "../en", "ENGLISH"])


def article(title: str, summary: str = "", language: str | None = "en", url: str | None = None) -> Article:
    return Article(
        id="1", url=url, title=title, summary=summary, first_seen=NOW, source=Outlet("Courier"), language=language
    )


def words(one: Article) -> dict[str, int]:
    """The words of an article as they are written, with their marks."""
    [record] = read([one])
    there = record["words"] > 0
    shown = written(record["words"][there].tolist(), [one])
    numbers, marks = record["words"][there].tolist(), record["marks"][there].tolist()
    return {shown[number]: mark for number, mark in zip(numbers, marks, strict=True)}


ARTICLES = st.builds(article, TEXTS, TEXTS, LANGUAGES, st.sampled_from([None, "https://a.example/1"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(ARTICLES, max_size=6))
def test_an_article_is_read_alone_as_among_others(articles: list[Article]) -> None:
    among = read(articles)
    alone = [read([one]) for one in articles]
    assert among.tobytes() == b"".join(record.tobytes() for record in alone)


@settings(max_examples=60, deadline=None)
@given(ARTICLES)
def test_each_word_is_kept_once_and_can_be_written(one: Article) -> None:
    [record] = read([one])
    kept = record["words"][record["words"] > 0].tolist()
    assert len(kept) == len(set(kept))
    assert set(written(kept, [one])) == set(kept)


def test_an_article_without_words_disturbs_none_after_it() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    among = read([article(""), article("🚢"), article("Wire report", text), article("")])
    assert among[2].tobytes() == read([article("Wire report", text)]).tobytes()


def test_no_articles_make_no_records() -> None:
    assert read([]).dtype == RECORD
    assert len(read([])) == 0


def test_of_a_megabyte_the_beginning_is_read() -> None:
    one = read([article("Ferrier Bridge", "word " * 250_000)])
    assert one["summary"][0] < 1000
    assert len(words(article("x" * 1_000_000))) <= 1


def test_words_know_where_they_stand_and_what_they_are() -> None:
    found = words(article("Works at Ferrier Bridge go on", "All 212 hangers will be replaced."))
    assert {word for word, mark in found.items() if mark >> IN_TITLE & 3} == set(
        "Works at Ferrier Bridge go on".split()
    )
    assert found["212"] & IS_NUMBER
    assert found["Bridge"] & CAPITAL
    assert found["hangers"] & SMALL
    assert not found["hangers"] & (CAPITAL | IS_NUMBER)


@pytest.mark.parametrize("title", ["FERRIER BRIDGE CLOSES", "Ferrier Bridge Closes Early"])
def test_where_all_is_capitalised_capitals_say_nothing(title: str) -> None:
    assert not any(mark & (CAPITAL | SMALL) for mark in words(article(title)).values())


def test_scripts_without_spaces_are_read_in_pairs() -> None:
    assert {"東京", "京タ", "タワ"} <= set(words(article("東京タワーが開く", language="ja")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Die Brücken von Fürth", "die brücken von fürth"),
        ("bridges", "bridge"),
        ("Istanbul’s", "Istanbul's"),
    ],
)
def test_one_word_is_one_number_however_it_is_written(one: str, other: str) -> None:
    numbers = [set(read([article(text, language="de")])["words"][0].tolist()) - {0} for text in (one, other)]
    assert numbers[0] == numbers[1]


def test_the_outlet_behind_a_headline_is_no_word_of_it() -> None:
    assert "Courier" not in words(article("Ferrier Bridge reopens to buses - The Courier"))
    with_it = article("Ferrier Bridge reopens to buses - Gazette", "Ferrier Bridge reopens to buses  Gazette")
    assert "Gazette" not in words(with_it)
    assert "Ferrier" in words(with_it)
    assert read([with_it])["summary"][0] == 0


def test_near_identical_texts_share_a_key() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    one, other, third = read(
        [article("Wire report", text), article("Wire report", text + " end"), article("None", "of these words at all")]
    )
    assert np.any(one["bands"] == other["bands"])
    assert not np.any(one["bands"] == third["bands"])
