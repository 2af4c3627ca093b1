"""The figures of stories, copies and storylines, checked by hand."""

from __future__ import annotations

import pytest
import scoring
from scoring import Groups

# A story of three, two of which are grouped with another article, and a story of two.
EXPECTED: Groups = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "c1": "C"}
PREDICTED: Groups = {"a1": "1", "a2": "1", "c1": "1", "a3": "2", "b1": "3", "b2": "3"}


def test_story_figures() -> None:
    figures = scoring.story_figures(EXPECTED, PREDICTED)
    assert figures["pairwise_f1"] == pytest.approx(0.5)  # 2 of 4 predicted pairs, and of 4 expected ones
    assert figures["pure_groups"] == pytest.approx(1 / 2)
    # Precision of a1, a2: 2/3 each; a3, b1, b2: 1; recall: 2/3, 2/3, 1/3, 1, 1. c1 has 1/3 and 1.
    assert figures["bcubed_f1_of_stories"] == pytest.approx(scoring.f1((4 / 3 + 3) / 5, (5 / 3 + 2) / 5))
    assert figures["bcubed_f1_of_all"] == pytest.approx(scoring.f1((4 / 3 + 3 + 1 / 3) / 6, (5 / 3 + 2 + 1) / 6))


def test_a_perfect_grouping_has_every_figure_1() -> None:
    assert set(scoring.story_figures(EXPECTED, EXPECTED).values()) == {1.0}


def test_missing_articles_count_as_single() -> None:
    figures = scoring.story_figures(EXPECTED, {})
    assert figures == scoring.story_figures(EXPECTED, {article: article for article in EXPECTED})
    assert figures["pairwise_f1"] == 0
    assert figures["bcubed_f1_of_all"] == pytest.approx(2 / 3)  # precision 1, recall 3 stories of 6


def test_copy_figures() -> None:
    same, different = [("a", "b"), ("b", "c"), ("d", "e")], [("a", "d"), ("c", "f")]
    originals = {"b": "a", "c": "a", "f": "a"}
    assert scoring.copy_figures(same, different, originals) == {"copies_found": 2 / 3, "look_alikes_kept": 1 / 2}
    assert scoring.wrong_copies(same, different, originals) == ([("d", "e")], [("c", "f")])


def test_the_worst_errors_come_first() -> None:
    assert scoring.worst(PREDICTED, EXPECTED) == [(2, ("a1", "c1"))]
    assert scoring.worst(EXPECTED, PREDICTED) == [(2, ("a1", "a3"))]
    assert scoring.worst(dict.fromkeys(EXPECTED, "1"), EXPECTED) == [(11, ("a1", "b1"))]


def test_storyline_figures() -> None:
    labels = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "x": None, "y": None}
    predicted = {"a1": "1", "a2": "1", "b1": "1", "x": "1", "a3": "2", "y": "3"}
    # Storyline 1 has 3 pairs of labelled articles and 3 with x; one of 6 is right. A has 3 pairs, and B one.
    assert scoring.storyline_figures(labels, predicted) == {
        "storyline_precision": pytest.approx(1 / 6),
        "storyline_recall": pytest.approx(1 / 4),
    }


def test_storylines_of_articles_without_a_label_are_not_judged() -> None:
    labels = {"a1": "A", "a2": "A", "x": None, "y": None}
    right = {"storyline_precision": 1.0, "storyline_recall": 1.0}
    assert scoring.storyline_figures(labels, {"a1": "1", "a2": "1", "x": "2", "y": "2"}) == right
    assert scoring.storyline_figures(labels, {}) == {"storyline_precision": 1.0, "storyline_recall": 0.0}
