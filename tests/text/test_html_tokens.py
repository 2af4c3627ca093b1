"""The tokens of HTML: boundaries of tags as the HTML standard has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.html_tokens import MAX_ATTRIBUTES, Token, attributes_of, start_tag, tokens


def names(html: str) -> list[str]:
    return [f"{'/' if token.kind == 'end' else ''}{token.name}" for token in tokens(html) if token.name]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<b>c</b>", ["p", "b", "/b"]),
        ('<p title="a > b"><i>', ["p", "i"]),
        ("<p title='<b>'><i>", ["p", "i"]),
        ("<p title=<b><i>", ["p", "i"]),
        ("<p a='1'b=\"2\"/c><i>", ["p", "i"]),
        ("<P><IMG SRC=x>", ["p", "img"]),
        ("<!-- <b> --><i>", ["i"]),
        ("<!--><i>", ["i"]),
        ("<!-- --!><i>", ["i"]),
        ("<!-- <b>", []),
        ("<?php <b ?><i>", ["i"]),
        ("a < b <i>", ["i"]),
        ("<script>if (a<b) { '</i>' }</script><i>", ["script", "/script", "i"]),
        ("<iframe><b></iframe><i>", ["iframe", "/iframe", "i"]),
        ("<iframe src=x><i>", ["iframe", "i"]),
        ("<iframe/><i>", ["iframe", "i"]),
        ("<xhtml:p>a</xhtml:p>", ["p", "/p"]),
        ("<o:p>a</o:p>", ["o:p", "/o:p"]),
        ("<i", ["i"]),
        ("<i a='", ["i"]),
    ],
)
def test_tags(html: str, expected: list[str]) -> None:
    assert names(html) == expected


@pytest.mark.parametrize(
    ("html", "empty"),
    [
        ("<p/>", True),
        ("<p />", True),
        ('<a name="x"/>', True),
        ("<a href=https://a.example/>", False),
        ("<br/>", False),
        ("<p>", False),
    ],
)
def test_elements_closed_as_in_xhtml(html: str, empty: bool) -> None:
    (token,) = tokens(html)
    assert token.empty is empty


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a=1 B='2' c=\"3\" d", {"a": "1", "b": "2", "c": "3", "d": ""}),
        (" a = 1", {"a": "1"}),
        (" a=1 a=2", {"a": "1"}),
        (" a=\"x > 'y'\"", {"a": "x > 'y'"}),
        (" a='&lt;&#65;&amp;'", {"a": "<A&"}),
        (" data-x=/y/", {"data-x": "/y/"}),
        ("", {}),
    ],
)
def test_attributes(text: str, expected: dict[str, str]) -> None:
    assert attributes_of(text) == expected


def test_the_number_of_attributes_is_limited() -> None:
    assert len(attributes_of("".join(f" a{number}" for number in range(10_000)))) == MAX_ATTRIBUTES


def test_a_start_tag_is_escaped() -> None:
    tag = start_tag("img", {"src": 'a"b', "alt": "<&>", "title": None})
    assert tag == '<img src="a&quot;b" alt="&lt;&amp;&gt;">'
    (token,) = tokens(tag)
    assert attributes_of(token.attributes) == {"src": 'a"b', "alt": "<&>"}


@given(st.lists(st.sampled_from(["<", ">", "/", "p", "script", "!--", "-->", "'", '"', "=", " ", "a"])).map("".join))
def test_nothing_is_lost(html: str) -> None:
    assert "".join(token.source for token in tokens(html)) == html
    assert all(isinstance(token, Token) for token in tokens(html))
