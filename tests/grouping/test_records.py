"""Records: words, marks and keys of articles, independent of the other articles of a batch."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.features.records import (
    CAPITAL,
    IN_TITLE,
    IS_NUMBER,
    LOWER,
    PHRASES,
    RECORD,
    make_records,
    word_spellings,
)
from aggregator.grouping.features.wording import Wording, wording_of
from aggregator.model import Article, Outlet

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PIECES = [
    *("Ferrier", "bridge", "212", "19%", "U.S.", "don't", "Ünïcode", "e\u0301t\u00e9", "İstanbul", "ﬁne", "a" * 300),
    *("数学", "東京タワー", "مدينة", "กรุงเทพ", "नमस्ते", "🚢", "\u202e", "\0", "\ud800", "-", "…", "  ", "\n"),
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
LANGUAGES = st.sampled_from([None, "", "en", "en-GB", "de", "zh", "xx", "../en", "ENGLISH"])


def article(title: str, summary: str = "", language: str | None = "en", url: str | None = None) -> Wording:
    return wording_of(
        Article(
            id="1", url=url, title=title, summary=summary, first_seen=NOW, source=Outlet("Courier"), language=language
        )
    )


def words(an_article: Wording) -> dict[str, int]:
    """Return the words of an article, as written, with their marks."""
    [record] = make_records([an_article])
    present = record["words"] > 0
    hashes, marks = record["words"][present].tolist(), record["marks"][present].tolist()
    [spellings] = word_spellings([an_article], [hashes])
    return {spellings[word]: mark for word, mark in zip(hashes, marks, strict=True)}


ARTICLES = st.builds(article, TEXTS, TEXTS, LANGUAGES, st.sampled_from([None, "https://a.example/1"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(ARTICLES, max_size=6))
def test_records_do_not_depend_on_the_batch(articles: list[Wording]) -> None:
    in_batch = make_records(articles)
    single = [make_records([an_article]) for an_article in articles]
    assert in_batch.tobytes() == b"".join(record.tobytes() for record in single)


@settings(max_examples=60, deadline=None)
@given(ARTICLES)
def test_words_are_unique_and_have_spellings(an_article: Wording) -> None:
    [record] = make_records([an_article])
    kept = record["words"][record["words"] > 0].tolist()
    assert len(kept) == len(set(kept))
    [spellings] = word_spellings([an_article], [kept])
    assert set(spellings) == set(kept)


def test_each_article_writes_a_word_in_its_own_way() -> None:
    articles = [article("Unit resigns"), article("United resigning"), article("Nothing")]
    words_of_first = make_records(articles[:1])["words"][0]
    words = words_of_first[words_of_first > 0].tolist()
    spellings = word_spellings(articles, [words, words, words])
    assert [sorted(one.values()) for one in spellings] == [["Unit", "resigns"], ["United", "resigning"], []]


def test_articles_without_words_do_not_affect_the_next_ones() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    in_batch = make_records([article(""), article("🚢"), article("Wire report", text), article("")])
    assert in_batch[2].tobytes() == make_records([article("Wire report", text)]).tobytes()


def test_no_articles_give_no_records() -> None:
    assert make_records([]).dtype == RECORD
    assert len(make_records([])) == 0


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    records = make_records([article("Ferrier Bridge", "word " * 250_000)])
    assert records["summary_count"][0] < 1000
    assert len(words(article("x" * 1_000_000))) <= 1


def test_marks() -> None:
    marks = words(article("Works at Ferrier Bridge go on", "All 212 hangers will be replaced."))
    assert {word for word, mark in marks.items() if mark >> IN_TITLE & 3} == set(
        "Works at Ferrier Bridge go on".split()
    )
    assert marks["212"] & IS_NUMBER
    assert marks["Bridge"] & CAPITAL
    assert marks["hangers"] & LOWER
    assert not marks["hangers"] & (CAPITAL | IS_NUMBER)


def phrases(an_article: Wording) -> set[int]:
    [record] = make_records([an_article])
    return {*record["phrases"].tolist()} - {0}


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Passengers of Spirit Airlines wait", True),
        ("SPIRIT AIRLINES COLLAPSES", True),
        ("Airlines lose their spirit", False),
        ("Spirit of the Airlines", False),
        ("Spirit, as Airlines know", False),
        ("In high spirit. Airlines wait", False),
    ],
)
def test_a_name_of_several_words_is_one_name(title: str, same: bool) -> None:
    name = phrases(article("Spirit Airlines"))
    assert len(name) == 1
    assert (name <= phrases(article(title))) == same
    assert (name <= phrases(article("Wire report", title))) == same


def test_phrases_are_of_the_title_and_the_lead_in_this_order() -> None:
    text = " ".join(f"ferrier{n}" for n in range(40))
    assert len(phrases(article("Spirit Airlines", text))) == PHRASES
    assert phrases(article("Spirit Airlines")) < phrases(article("Spirit Airlines", text))


@pytest.mark.parametrize("title", ["FERRIER BRIDGE CLOSES", "Ferrier Bridge Closes Early"])
def test_capitals_are_ignored_in_headline_case(title: str) -> None:
    assert not any(mark & (CAPITAL | LOWER) for mark in words(article(title)).values())


def test_scripts_without_spaces_are_read_as_pairs_of_characters() -> None:
    assert {"東京", "京タ", "タワ"} <= set(words(article("東京タワーが開く", language="ja")))


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Die Brücken von Fürth", "die brücken von fürth"),
        ("bridges", "bridge"),
        ("Istanbul’s", "Istanbul's"),
    ],
)
def test_spellings_of_one_word_have_the_same_hash(spelling: str, other: str) -> None:
    record, other_record = make_records([article(text, language="de") for text in (spelling, other)])
    assert set(record["words"].tolist()) == set(other_record["words"].tolist())


def test_outlets_at_the_end_of_headlines_are_not_read() -> None:
    assert "Courier" not in words(article("Ferrier Bridge reopens to buses - The Courier"))
    with_outlet = article("Ferrier Bridge reopens to buses - Gazette", "Ferrier Bridge reopens to buses  Gazette")
    assert "Gazette" not in words(with_outlet)
    assert "Ferrier" in words(with_outlet)
    assert make_records([with_outlet])["summary_count"][0] == 0


def test_near_identical_texts_share_a_key() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    original, copy, third = make_records(
        [article("Wire report", text), article("Wire report", text + " end"), article("None", "of these words at all")]
    )
    assert np.any(original["bands"] == copy["bands"])
    assert not np.any(original["bands"] == third["bands"])
