"""The tables of common words."""

from __future__ import annotations

import pytest

from aggregator.grouping.features.background import FOLDER, LEVELS, level_of, levels, stem

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_contain_common_and_rarer_words(language: str) -> None:
    level_by_stem = levels(language)
    assert level_by_stem is not None
    assert len(level_by_stem) > 1000
    assert min(level_by_stem.values()) < 4
    assert max(level_by_stem.values()) < LEVELS
    assert all(word == word.casefold() and not word[0].isdigit() for word in level_by_stem)


def test_stems_of_plurals_are_their_singular() -> None:
    assert [stem(word) for word in ("bridges", "bridge", "gas")] == ["bridge", "bridge", "gas"]


@pytest.mark.parametrize(("language", "common", "rarer"), [("en", "the", "bridge"), ("de", "und", "brücke")])
def test_common_words_have_low_levels(language: str, common: str, rarer: str) -> None:
    level_by_stem = levels(language)
    assert level_by_stem is not None
    assert level_by_stem[common] < level_by_stem.get(rarer, LEVELS)


@pytest.mark.parametrize("language", ["", "xx", "../en", "en/../de", "EN\0"])
def test_unknown_languages_have_no_table(language: str) -> None:
    assert levels(language) is None


def test_levels_are_half_steps_of_two() -> None:
    assert [level_of(share) for share in (1, 0.5, 0.25, 0)] == [0, 2, 4, LEVELS]
