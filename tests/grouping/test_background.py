"""The tables of common words that the package carries."""

from __future__ import annotations

import pytest

from aggregator.grouping.features.background import FOLDER, LEVELS, level_of, levels, stem

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.mark.parametrize("language", SHIPPED)
def test_each_language_has_words_of_every_kind(language: str) -> None:
    known = levels(language)
    assert known is not None
    assert len(known) > 1000
    assert min(known.values()) < 4
    assert max(known.values()) < LEVELS
    assert all(word == word.casefold() and not word[0].isdigit() for word in known)


def test_plurals_and_genitives_are_known_by_their_singular() -> None:
    assert [stem(word) for word in ("bridges", "bridge", "gas")] == ["bridge", "bridge", "gas"]


@pytest.mark.parametrize(("language", "common", "rarer"), [("en", "the", "bridge"), ("de", "und", "brücke")])
def test_a_common_word_has_a_low_level(language: str, common: str, rarer: str) -> None:
    known = levels(language)
    assert known is not None
    assert known[common] < known.get(rarer, LEVELS)


@pytest.mark.parametrize("language", ["", "xx", "../en", "en/../de", "EN\0"])
def test_there_is_no_table_for_what_is_no_language(language: str) -> None:
    assert levels(language) is None


def test_levels_are_half_steps_of_two() -> None:
    assert [level_of(share) for share in (1, 0.5, 0.25, 0)] == [0, 2, 4, LEVELS]
