"""The HTML checker names the file and line of each mistake, and says nothing of valid files."""

from __future__ import annotations

import pytest
from html_checker import check_html

pytestmark = pytest.mark.e2e

VALID = b"""<!DOCTYPE html>
<html lang="en">
<title>Valid</title>
<style>main { container-type: inline-size } @container (width > 20em) { p { font-size: 2cqi } }</style>
<main><p>Text</p></main>
"""


def test_mistakes_are_found_and_valid_files_pass() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'
    valid = {"valid.html": VALID, "archive/valid.html": VALID, "valid.svg": drawing, "valid.css": b"p { margin: 0 }"}
    pages = valid | {
        "index.html": VALID.replace(b"Text", b"<div>Text</div>"),
        "archive/2026 \xe4/page.html": VALID.replace(b"<p>", b'<p id="a b" onclick=x lang=english_text>'),
        "feed.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><circle/><wheel/></svg>',
        "style.css": b"p {\n colour: red }",
        "other.css": b"p { ignored: red }",
        "page.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n<body><p></body></html>',
        "warned.html": VALID.replace(b"<p>", b"<section><p>"),
    }
    with pytest.raises(AssertionError) as caught:
        check_html(pages, ignored=["“ignored”"])
    heading, *found = str(caught.value).splitlines()
    assert heading == "the Nu HTML checker found:"
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
    assert not [line for line in found if line.partition(":")[0] in {*valid, "other.css"}]
