"""Languages: stated and detected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.languages import detect_language, detect_source_language, normalise_language

GERMAN = "Die Brücke über den Fluss ist nach neunzehn Monaten wieder offen, und die Fähren fahren seltener als zuvor."
ENGLISH = "The bridge across the river is open again after nineteen months, and the ferries will run less often."
FRENCH = "Le pont sur le fleuve est de nouveau ouvert après dix-neuf mois, et les bateaux passent moins souvent."


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_us", "en-US"),
        ("en-GB", "en-GB"),
        ("zh-hans-cn", "zh-Hans-CN"),
        (" de ", "de"),
        ("English", "en"),
        ("und", None),
        ("", None),
        ("not a language", None),
        ("x", None),
    ],
)
def test_normalise_language(stated: str, expected: str | None) -> None:
    assert normalise_language(stated) == expected


@pytest.mark.parametrize(("text", "expected"), [(GERMAN, "de"), (ENGLISH, "en"), (FRENCH, "fr"), ("12:30", None)])
def test_detect_language(text: str, expected: str | None) -> None:
    assert detect_language(text) == expected


def test_the_language_of_a_source_is_detected_from_its_texts() -> None:
    assert detect_source_language([GERMAN, "Kurz", GERMAN]) == "de"
    assert detect_source_language([]) is None
    assert detect_source_language(["", "?"]) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    normalise_language(text)
