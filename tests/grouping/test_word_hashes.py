"""Stems of words: which words are one, and which are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.grouping.features.word_hashes import CodePoints, hash_stems


def code_points(text: str) -> CodePoints:
    return np.array([ord(character) for character in text], np.uint32)


def hashes(words: list[str], inflected: bool = True) -> list[int]:
    """Return the hashes of the stems of words, which follow each other in one text."""
    lengths = np.array([len(word) + 1 for word in words], np.int64)
    end = np.cumsum(lengths) - 1
    all_words = np.full(len(words), inflected)
    hashed: list[int] = hash_stems(code_points(" ".join([*words, ""])), end - lengths + 1, end, all_words)[0].tolist()
    return hashed


@pytest.mark.parametrize(
    "words",
    [
        "resign resigns resigned resigning",
        "strike strikes striking",
        "stop stops stopped stopping",
        "kill kills killed killing",
        "carry carries carried carrying",
        "charge charges charged charging",
        "party parties",
        "israel israeli israelis",
        "agree agrees agreed agreeing",
    ],
)
def test_forms_of_a_word_are_one(words: str) -> None:
    assert len(set(hashes(words.split()))) == 1


@pytest.mark.parametrize(
    "words", ["policy police", "party part", "bed bing", "ring red", "news new", "gas ga", "his hi"]
)
def test_different_words_are_not(words: str) -> None:
    assert len(set(hashes(words.split()))) == 2


def test_numbers_have_no_endings() -> None:
    assert len(set(hashes(["2000s", "2000"], inflected=False))) == 2


@given(st.lists(st.text("abdegilnsyzß東é", min_size=1, max_size=12), min_size=1, max_size=20))
def test_the_hash_of_a_word_does_not_depend_on_the_others(words: list[str]) -> None:
    assert hashes(words) == [hashes([word])[0] for word in words]
