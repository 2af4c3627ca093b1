"""Plain text is wrapped by what it takes on a terminal, and its characters are never divided."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.outputs.wrap_text import cells, wrap_text

WORDS = st.text(
    st.sampled_from("ab -é\u0301日本語。、「」한국ｶﾅ👩\u200d👧🇩🇪️️1\ufe0fשלוםनमस्ते\u202e\x1b\x07\n\u00a0\u2028")
)


def width_of(line: str) -> int:
    """Return the width of a line without sequences of emoji, from the Unicode database."""
    marks = ("Mn", "Me", "Cf")
    return sum(
        0 if unicodedata.category(one) in marks else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in line
    )


@given(WORDS | st.text(), st.integers(8, 80), st.sampled_from(["", "* ", "  "]))
def test_no_line_is_wider_than_the_width(text: str, width: int, first: str) -> None:
    lines = wrap_text(text, width, first, " " * len(first))
    assert all(cells(line) <= width or "://" in line for line in lines)
    assert all(line.strip() for line in lines)
    assert not any(unicodedata.category(one) in ("Cc", "Cs") for line in lines for one in line)


@given(st.text(st.sampled_from("ab 日本語한국ｶﾅéשלוםни。「")), st.integers(8, 40))
def test_the_width_is_that_of_the_unicode_database(text: str, width: int) -> None:
    assert all(width_of(line) <= width for line in wrap_text(text, width))


@given(st.text(st.sampled_from("ab日本。「 ש1")), st.integers(8, 40))
def test_the_text_is_unchanged_but_for_its_breaks(text: str, width: int) -> None:
    assert "".join("".join(wrap_text(text, width)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("The quick brown fox", ["The quick", "brown fox"]),
        ("日本語のテキスト", ["日本語のテ", "キスト"]),
        ("これは日本。語", ["これは日", "本。語"]),
        ("ああああ「日本」", ["ああああ", "「日本」"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("👩\u200d👩\u200d👧" * 6, ["👩\u200d👩\u200d👧" * 5, "👩\u200d👩\u200d👧"]),
        ("e\u0301" * 12, ["e\u0301" * 10, "e\u0301" * 2]),
        ("see https://a.example/long/path now", ["see", "https://a.example/long/path", "now"]),
        ("שלום עולם יפה", ["שלום עולם", "יפה"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_lines_of_ten_cells(text: str, lines: list[str]) -> None:
    assert wrap_text(text, 10) == lines


def test_lines_begin_with_a_mark_and_a_space() -> None:
    assert wrap_text("one two three", 9, "* ", "  ") == ["* one two", "  three"]


def test_what_controls_a_terminal_or_reverses_text_is_removed() -> None:
    assert wrap_text("a\x1b[31m b\x07 \u202ec\u2066", 72) == ["a[31m b c"]
