"""Sanitised HTML: no scripts, no frames, no addresses other than http and https."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from aggregator.text.html_tokens import VOID, tokens
from aggregator.text.pictures import first_picture
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
    """<p> </p> <a_href=' javascript: '> "> <img_src=x_onerror= <img_data-src='a.jpg' <img_srcset="a_1x,b_2x"> <img
    <svg> <math> <mtext> <mglyph> <style> </style> <script> </script> <!-- --> <iframe_src= </iframe> <noscript>
    https://www.youtube.com/embed/a </noscript> <picture> <source_srcset='x_1x'> </picture> <object_data= <embed_src=
    <table> <td> <select> <form> <title> <textarea> <xhtml:p> <p/> <b/> <template> <video> <div_data-src=a.jpg></div>
    <input_type=checkbox> & &lt; x /> > <""".split()
).map(lambda part: part.replace("_", " "))
MARKUP = st.lists(st.one_of(PARTS, st.text(max_size=5)), max_size=25).map("".join)


@given(MARKUP)
def test_any_markup_leaves_only_allowed_elements_and_attributes(markup: str) -> None:
    cleaned = safe_html(markup, BASE)
    if not cleaned:
        return
    for element in lxml_html.fragment_fromstring(cleaned, create_parent="div").iterdescendants():
        assert element.tag in TAGS
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(str(element.tag), set()) | {"rel", "loading", "controls"}
        assert set(element.attrib) <= allowed
        assert element.tag != "img" or element.get("src")
        for name in ("href", "src", "srcset", "poster"):
            assert element.get(name, "https:").startswith(("https:", "http:"))


@given(MARKUP)
def test_safe_html_is_not_changed_by_a_second_pass(markup: str) -> None:
    cleaned = safe_html(markup, BASE)
    assert safe_html(cleaned, BASE) == cleaned


@given(MARKUP)
def test_safe_html_is_well_formed(markup: str) -> None:
    """Each start tag but those of void elements has its end tag, in order, and nothing else looks like a tag."""
    open_elements: list[str] = []
    for token in tokens(safe_html(markup, BASE)):
        if token.kind == "start" and token.name not in VOID:
            open_elements.append(token.name)
        elif token.kind == "end":
            assert open_elements.pop() == token.name
        assert token.kind != "other"
        assert token.kind != "text" or "<" not in token.source
    assert not open_elements


PIECES = """<div> <b> <ul><li> <iframe_ <iframe_src=" <noscript> <noscript><img_src=a.jpg> <math><mfrac> <object>
<picture> <img_ <img_src=" <img_srcset="a_1x,_ <a_href=" <!-- <! </ <style> <script> <xhtml:p> <p/> <div></span>
<div><!--</div>--> <span><div></span> <p><b><i> <div_data-src=a.jpg></div> <select><option> <p_a='1'_ <details> , & &a
&#""".split()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["", ">", '">'])
def test_time_is_linear_in_the_length_of_hostile_markup(piece: str, end: str) -> None:
    # Quadratic time on such a text, which a feed may contain, would be minutes.
    markup = piece.replace("_", " ") * (100_000 // len(piece)) + end
    assert len(safe_html(markup, BASE)) < 30 * len(markup)
    first_picture(markup, BASE)


def test_anchors_within_a_text_are_kept_on_request() -> None:
    html = '<p id="content">a<a href="#fn:1">1</a> <a href="https://a.example/p#fn:1">1</a></p><p id="fn:1">b</p>'
    base = "https://a.example/p"
    kept = safe_html(html, base, anchors=True)
    assert '<p id="text-content">' in kept
    assert kept.count('href="#text-fn:1"') == 2
    assert "id=" not in safe_html(html, base)
    assert f'href="{base}#fn:1"' in safe_html(html, base)


def test_an_anchor_with_white_space_or_markup_is_removed() -> None:
    assert "id=" not in safe_html('<p id="a b">x</p><p id="&quot;><script>">y</p>', anchors=True)
