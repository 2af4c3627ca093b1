"""Plain text from the HTML of feeds."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text.plain import excerpt, plain, plain_beginning, plain_title, printable, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bridge reopens", "Bridge reopens"),
        ("  Bridge \n\t reopens ", "Bridge reopens"),
        ("AT&amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("AT&amp;amp;T", "AT&amp;T"),
        ("It&#8217;s", "It’s"),
        ("It&amp;#8217;s", "It&#8217;s"),
        ("&lt;b&gt;bold&lt;/b&gt;", "<b>bold</b>"),
        ("<b>bo</b>ld", "bold"),
        ("Use std::vector<int> wisely", "Use std::vector<int> wisely"),
        ("List<String> and Map<K,V>", "List<String> and Map<K,V>"),
        ("</harbourmaster>", "</harbourmaster>"),
        ('<vector size="3">x</vector>', "x</vector>"),
        ("<o:p>x</o:p><my-element>y</my-element>", "x y"),
        ("one<br/>two<p>three</p>four", "one two three four"),
        ("<a href='x > y'>link</a>", "y'>link"),
        ("a < b and c > d", "a < b and c > d"),
        ("1 <2", "1 <2"),
        ("x <3 y", "x <3 y"),
        ("I ♥ <unknown", "I ♥ <unknown"),
        ("<script>alert('x')</script>safe", "safe"),
        ("<style>p { color: red }</style>safe", "safe"),
        ("<!-- hidden -->shown", "shown"),
        ("<![CDATA[kept]]>", "kept"),
        ("e\u0301", "é"),
        ("a\u202eb\u2066c\u200bd\ufeffe", "abcde"),
        ("nul\x00bell\x07esc\x1b[31m", "nulbellesc[31m"),
        ("non\u00a0breaking", "non breaking"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("&nbsp;&ndash;&nbsp;", "–"),
        ("&unknown; &#0; &#xD800;", "&unknown; \ufffd \ufffd"),
        ("", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why <b>bold</b> moves fail", "Why bold moves fail"),
        ("The <table> element, revisited", "The <table> element, revisited"),
        ("<slot> is back", "<slot> is back"),
        ("Use <div> or <span>?", "Use <div> or <span>?"),
        ("The end of </marquee>", "The end of </marquee>"),
        ("Never <script> again", "Never <script> again"),
        ("<script>alert(1)</script>safe", "safe"),
        ("<p>First line", "First line"),
        ("One<br>two", "One two"),
        ('<span class="x">Open', "Open"),
        ("<i>one</i> and <i>two", "one and two"),
        ("We &lt;3 <em>kelp</em>", "We <3 kelp"),
        ("E = mc2 &amp; <tag>", "E = mc2 & <tag>"),
    ],
)
def test_a_title_keeps_what_it_says_about_html(text: str, expected: str) -> None:
    assert plain_title(text) == expected


@given(st.text(alphabet='<>/ab &;="ltgi'))
def test_a_title_without_tags_stays_as_it_is(text: str) -> None:
    assert plain_title(html.escape(text)) == " ".join(text.split())


@given(st.text())
def test_plain_is_one_clean_line(text: str) -> None:
    result = plain(text)
    assert result == " ".join(result.split())
    assert unicodedata.is_normalized("NFC", result)
    assert not any(unicodedata.category(character) == "Cc" for character in result)


def test_printable_text_keeps_spaces_whatever_its_characters() -> None:
    assert printable("a\n\tb") == "a b"
    assert printable("12:00  Zürich") == "12:00  Zürich"
    assert printable("12:00  Zurich") == "12:00  Zurich"


@given(st.text())
def test_printable_text_has_no_control_characters(text: str) -> None:
    result = printable(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in result)
    assert not any("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in result)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 200_000,
        "&" * 200_000,
        "<a " * 70_000,
        "<!--" * 50_000,
        "<b>" * 70_000,
        "<script" * 30_000,
        "a" * 1_000_000,
    ],
    ids=["signs", "ampersands", "open tags", "comments", "nested", "scripts", "long"],
)
def test_hostile_text_is_converted_in_bounded_time(text: str) -> None:
    assert len(plain(text)) <= len(text)
    assert len(plain_title(text)) <= len(text)
    assert len(excerpt(text)) <= 601


def test_an_excerpt_ends_between_words() -> None:
    markup = "<p>" + "word " * 1000 + "</p>"
    result = excerpt(markup)
    assert result.endswith(" word…")
    assert 500 < len(result) <= 601
    assert excerpt("<p>Short <b>text</b>.</p>") == "Short text."
    assert excerpt("<div>" + "<img src='x'>" * 500 + "late</div>") in ("…", "")


@given(st.text(), st.integers(1, 50))
def test_shorten(text: str, length: int) -> None:
    result = shorten(text, length)
    assert len(result) <= length + 1
    assert result == text or result.endswith("…")


PIECES = [
    *[
        "word ",
        "a",
        "é",
        "e\u0301",
        "\u0327",
        "\xa0",
        "\n",
        "\x1c",
        "漢字",
        "&amp;",
        "&am",
        "&rightarrow;",
        "<b>",
        "</p>",
    ],
    *["<p class='x'>", "<!--", "-->", "<", ">", "<script>", "</script>", "<![CDATA[", "]]>"],
]
MARKUP = st.lists(st.sampled_from(PIECES), max_size=80).map("".join)


@given(MARKUP, st.integers(1, 100))
@example("b c d ]]> " * 40 + "<b>", 100)
def test_an_excerpt_is_the_beginning_of_the_plain_text(markup: str, length: int) -> None:
    markup = markup[: length * 8]
    assert excerpt(markup, length) == shorten(plain(markup), length)


@given(st.one_of(st.text(), MARKUP), st.integers(1, 40))
@example("]]><", 1)
@example("a b ]]>c<", 4)
@example("a b ]]>c<", 5)
@example("a b ]]>c<", 6)
def test_the_beginning_of_a_text_is_that_of_its_plain_text(text: str, length: int) -> None:
    assert plain_beginning(text, length) == plain(text)[:length]


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"])))
def test_plain_text_has_single_spaces_and_no_invisible_characters(text: str) -> None:
    result = plain(text.replace("<", "").replace("&", ""))
    assert " ".join(result.split(" ")) == " ".join(result.split())
    assert unicodedata.is_normalized("NFC", result)
