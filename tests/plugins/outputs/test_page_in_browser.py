"""The newspaper page is valid HTML, and fits, reads and works in a browser on every screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accessibility import axe_violations
from browser import Browser, Page, Scheme, sheets_of
from html_checker import html_messages
from page_layout import (
    check_headings,
    check_keyboard,
    check_no_sideways_scrolling,
    overlapping_text,
    split_words,
)
from sample_edition import EDITION, edition, hostile_edition, render

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_bytes(render("html", path="index.html"))
    with browser.page(javascript=False) as opened:
        opened.open(path)
        yield opened


def test_valid_html() -> None:
    samples = {"sample.html": EDITION, "empty.html": edition(), "malicious.html": hostile_edition()}
    found = html_messages({name: render("html", sample, path=name) for name, sample in samples.items()})
    # Languages that are no tags and brackets in paths are written as sources have them
    of_sources = ("attribute “lang”", "[square]")
    assert not [
        line for line in found if not (line.startswith("malicious") and any(text in line for text in of_sources))
    ]


def test_the_page_asks_only_for_pictures_of_articles(page: Page) -> None:
    failed = "failed: net::ERR_NAME_NOT_RESOLVED: https://"
    assert not [line for line in page.console if not line.startswith(failed)]
    assert all(url.endswith(".jpg") for url in page.third_party())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (768, 1), (1280, 1), (1440, 1), (1280, 2)])
def test_layout_and_accessibility(page: Page, width: int, zoom: int, scheme: Scheme) -> None:
    page.resize(width, 800, zoom=zoom)
    page.emulate(scheme=scheme)
    check_no_sideways_scrolling(page)
    assert overlapping_text(page) == []
    assert split_words(page, "header") == []
    assert axe_violations(page) == []


def test_headings_and_keyboard(page: Page) -> None:
    check_headings(page)
    check_keyboard(page)


def test_print(page: Page) -> None:
    assert sheets_of(page.pdf()) <= 3
