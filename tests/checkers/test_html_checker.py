"""The HTML checker names the file and line of each mistake, and says nothing of valid files."""

from __future__ import annotations

import pytest
from html_checker import check_html, html_messages

pytestmark = pytest.mark.e2e

VALID = b"""<!DOCTYPE html>
<html lang="en">
<title>Valid</title>
<style>main { container-type: inline-size } @container (min-width: 20em) { p { color: red } }</style>
<main><p>Text</p></main>
"""


def test_valid_files() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'
    check_html(
        {"index.html": VALID, "archive/2026 \xe4/page.html": VALID, "logo.svg": drawing, "a.css": b"p{margin:0}"}
    )


def test_mistakes() -> None:
    pages = {
        "index.html": VALID.replace(b"Text", b"<div>Text</div>"),
        "archive/2026 \xe4/page.html": VALID.replace(b"<p>", b'<p id="a b" onclick=x lang=english_text>'),
        "feed.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><circle/><wheel/></svg>',
        "style.css": b"p {\n colour: red }",
        "page.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n<body><p></body></html>',
        "warned.html": VALID.replace(b"<p>", b"<section><p>"),
    }
    found = html_messages(pages)
    expected = [
        ("index.html:5: error: ", "“p” end tag"),
        ("archive/2026 \xe4/page.html:5: error: ", "Bad value “english_text”"),
        ("feed.svg:1: error: ", "“wheel”"),
        ("style.css:2: error: ", "“colour”"),
        ("page.xhtml:2: fatal: ", "required character"),
        ("warned.html:5: warning: ", "Section lacks heading"),
    ]
    for place, text in expected:
        assert [line for line in found if line.startswith(place) and text in line], (place, found)
    with pytest.raises(AssertionError, match=r"the Nu HTML checker found:\nindex\.html:"):
        check_html(pages)
