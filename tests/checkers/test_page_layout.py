"""The measurements of pages: each finds what it looks for, and nothing on a page without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessibility import axe_violations
from browser import Browser, Page
from page_layout import (
    check_headings,
    check_keyboard,
    check_no_sideways_scrolling,
    column_ends,
    headings,
    overlapping_text,
    split_words,
)

pytestmark = pytest.mark.e2e

STYLE = "<style>* { margin: 0 } body { font: 16px/1.5 monospace }</style>"
HEAD = f'<!DOCTYPE html><html lang="en"><title>Layout</title>{STYLE}'
Show = Callable[[str], Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    with browser.page() as page:

        def open_body(body: str) -> Page:
            (tmp_path / "page.html").write_text(HEAD + body, encoding="utf-8")
            page.open(tmp_path / "page.html")
            return page

        yield open_body


def test_headings(show: Show) -> None:
    page = show("<h1>One</h1><h2>Two</h2><h3>Three</h3><h2>Two <b>more</b></h2><h6 hidden>Hidden</h6>")
    check_headings(page)
    assert headings(page) == [(1, "One"), (2, "Two"), (3, "Three"), (2, "Two more")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<h1>One</h1><h3>Three</h3>", "h3 “Three” follows an h1"),
        ("<h2>Two</h2><h1>One</h1>", "h2 “Two” follows no heading"),
        ("<h1>One</h1><h1>One</h1>", "not one h1"),
        ("<p>none", "not one h1"),
        ("<h1>One</h1><h2><img src=x alt=x></h2>", "an empty h2"),
    ],
)
def test_wrong_headings(show: Show, body: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_headings(show(body))


def test_sideways_scrolling(show: Show) -> None:
    page = show(
        "<div style='overflow-x: auto'><pre>" + "wide " * 300 + "</pre></div><main><p id=x>" + "w" * 100 + "</main>"
    )
    check_no_sideways_scrolling(page)
    page.resize(1280, zoom=2)
    with pytest.raises(AssertionError, match=r"(?s)the page is \d+ px wide.*p#x “wwww"):
        check_no_sideways_scrolling(page)


COLUMN = "<div><p>{}</p></div>"


def test_ends_of_columns(show: Show) -> None:
    body = "<h2 style='grid-column: 1 / -1'>All</h2>" + COLUMN.format("one<br>" * 10) + COLUMN.format("two<br>" * 4)
    [columns] = column_ends(show(f"<main style='display: grid; grid-template-columns: 1fr 1fr'>{body}</main>"), "main")
    assert len(columns.bottoms) == 2
    assert 130 <= columns.difference <= 150  # six lines of 24 px; the cells are of one height


def test_ends_of_columns_with_several_boxes_and_pictures(show: Show) -> None:
    body = "".join(COLUMN.format(text) for text in ("a", "b", "c", "<img src=x alt='' width=50 height=300>"))
    [columns] = column_ends(
        show(f"<main style='display: grid; grid-template-columns: 1fr 2fr 1fr'>{body}</main>"), "main"
    )
    assert len(columns.bottoms) == 3
    assert columns.bottoms[0] - columns.bottoms[1] == columns.difference > 250


@pytest.mark.parametrize(("fill", "least", "most"), [("balance", 0, 30), ("auto", 300, 900)])
def test_ends_of_columns_of_text(show: Show, fill: str, least: int, most: int) -> None:
    style = f"columns: 3; height: 900px; column-fill: {fill}"
    [columns] = column_ends(show(f"<main style='{style}'>{'<p>line</p>' * 60}</main>"), "main")
    assert len(columns.bottoms) == (3 if fill == "balance" else 2)
    assert least <= columns.difference <= most


def test_a_single_column_ends_with_itself(show: Show) -> None:
    page = show("<main><p>a<p>b</main>")
    assert [(len(columns.bottoms), columns.difference) for columns in column_ends(page, "main")] == [(1, 0)]
    with pytest.raises(AssertionError, match="nothing on the page matches aside"):
        column_ends(page, "aside")


def test_overlapping_text(show: Show) -> None:
    page = show(
        "<h1 style='line-height: .9'>Two lines<br>of it</h1><p>some <b>bold</b> text</p><p id=moved>other text</p>"
    )
    assert overlapping_text(page) == []
    page.evaluate("document.querySelector('#moved').style.marginTop = '-20px'")
    assert "p “some bold text” and p#moved “other text”" in overlapping_text(page)


def test_text_for_screen_readers_overlaps_nothing(show: Show) -> None:
    hidden = "position: absolute; width: 1px; height: 1px; overflow: hidden; white-space: nowrap"
    assert overlapping_text(show(f"<h2 style='{hidden}'>Section</h2><p>text</p>")) == []


def test_split_words(show: Show) -> None:
    words = "A long-winded Donaudampfschifffahrt"
    page = show(f"<h1 style='width: 12ch; overflow-wrap: anywhere'>{words}</h1><h2 style='width: 12ch'>{words}</h2>")
    assert split_words(page, "h1") == ["Donaudampfschifffahrt"]
    assert split_words(page, "h2") == []


LINKS = "<a href='#a'>a</a> <button>b</button> <input aria-label=c> <a>none</a> <button disabled>d</button>"


def test_keyboard(show: Show) -> None:
    check_keyboard(show(LINKS + "<details><summary>more</summary><a href='#hidden'>hidden</a></details>"))
    check_keyboard(show("<p>nothing to focus"))
    check_keyboard(
        show("<style>html { scroll-behavior: smooth } a { display: block; margin: 900px 0 }</style>" + LINKS)
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<style>button:focus { outline: none }</style>", "no visible focus: .*button “b”"),
        ("<a href='#e' tabindex=1>e</a>", "another order: .*“e”.*“a”"),
        ("<a href='#e' style='position: absolute; left: -999px'>e</a>", "no visible focus: .*“e”"),
        ("<a href='#e' onfocus='this.blur()'>e</a><a href='#f'>f</a>", "not reached with Tab: .*“e”.*“f”"),
    ],
)
def test_wrong_keyboard(show: Show, body: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_keyboard(show(LINKS + body))


def test_small_targets_violate_a_rule(show: Show) -> None:
    link = "<a href='#' style='display: inline-block; width: 9px; height: 9px; overflow: hidden'>a</a>"
    found = axe_violations(show(f"<h1>x</h1><nav>{link * 3}</nav>"))
    assert {violation.split(":")[0] for violation in found} == {"target-size"}
