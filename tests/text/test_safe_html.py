"""Sanitised HTML: no scripts, no frames, no addresses other than http and https."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from aggregator.text.safe_html import ATTRIBUTES, TAGS, safe_html

BASE = "https://world.example/news/"
LINK = 'rel="nofollow noopener noreferrer"'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Plain <b>bold</b></p>", "<p>Plain <b>bold</b></p>"),
        ("<p>open <b>tags", "<p>open <b>tags</b></p>"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<script>alert(1)</script>x", "x"),
        ("<style>p{}</style>x", "x"),
        ("<p onclick='x()'>x</p>", "<p>x</p>"),
        ("<p style='position:fixed' class='a' id='b'>x</p>", "<p>x</p>"),
        ("<iframe src='javascript:x'></iframe>x", "x"),
        ("<form action='/x'><input name='a'></form>x", "x"),
        ("<meta http-equiv='refresh' content='0;url=//x'>x", "x"),
        ("<base href='https://evil.example/'><a href='y'>x</a>", f'<a href="{BASE}y" {LINK}>x</a>'),
        ("<svg><script>alert(1)</script></svg>x", "x"),
        ("<math><mi xlink:href='javascript:x'>y</mi></math>x", "yx"),
        ("<a href='javascript:alert(1)'>x</a>", f"<a {LINK}>x</a>"),
        ("<a href=' java\nscript:alert(1)'>x</a>", f"<a {LINK}>x</a>"),
        ("<a href='data:text/html,x'>x</a>", f"<a {LINK}>x</a>"),
        ("<a href='/y'>x</a>", f'<a href="https://world.example/y" {LINK}>x</a>'),
        ("<img src='i.png' alt='A' onerror='x()'>", f'<img src="{BASE}i.png" alt="A" loading="lazy">'),
        ("<img src='javascript:x'>", ""),
        ("<!-- hidden -->x", "x"),
        ("x\x00\x08\ud800\uffff", "x"),
    ],
)
def test_safe_html(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


def test_relative_addresses_without_a_base_are_dropped() -> None:
    assert safe_html("<a href='/y'>x</a><img src='i.png'>") == f"<a {LINK}>x</a>"


PARTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<a href='",
        "javascript:",
        "'>",
        "<img src=x onerror=",
        "<svg>",
        "<script>",
        "</script>",
        "<!--",
        "&",
        "x",
    ]
)


@given(st.lists(st.one_of(PARTS, st.text(max_size=5)), max_size=25).map("".join))
def test_any_markup_leaves_only_allowed_elements_and_attributes(markup: str) -> None:
    cleaned = safe_html(markup, BASE)
    assert safe_html(cleaned, BASE) == cleaned
    if not cleaned:
        return
    for element in lxml_html.fragment_fromstring(cleaned, create_parent="div").iterdescendants():
        assert element.tag in TAGS
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(str(element.tag), set()) | {"rel", "loading", "controls"}
        assert set(element.attrib) <= allowed
        for name in ("href", "src"):
            assert element.get(name, "https:").startswith(("https:", "http:"))
