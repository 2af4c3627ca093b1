"""The front page is valid HTML, and fits, reads and works in a browser on every screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import axe_violations
from browser import Browser, Page, Scheme, sheets_of
from front_editions import TEN, made_edition
from html_checker import html_messages
from page_layout import (
    check_headings,
    check_keyboard,
    check_no_sideways_scrolling,
    column_ends,
    overlapping_text,
    split_words,
)
from sample_edition import EDITION, edition, hostile_edition, output, render

from aggregator import Edition
from aggregator.model import Deferred

pytestmark = pytest.mark.e2e
GRIDS = (".top", ".seconds", ".row", ".stories", ".small", ".brief .columns")
THIRD = 800 / 3


def write_site(folder: Path, of: Edition, **options: object) -> Path:
    for name, body in output("html")(of, path=str(folder), **options):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.render() if isinstance(body, Deferred) else body)
    return folder / "index.html"


@pytest.fixture(scope="module", params=["broadsheet", "compact"])
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The front page of a site, in each shipped theme."""
    path = write_site(tmp_path_factory.mktemp("site"), made_edition(0), theme=request.param)
    with browser.page(javascript=False) as opened:
        opened.open(path)
        yield opened


@pytest.mark.parametrize("theme", ["broadsheet", "compact"])
def test_valid_html(tmp_path: Path, theme: str) -> None:
    samples = {"sample.html": EDITION, "empty.html": edition(), "malicious.html": hostile_edition()}
    pages = {name: render("html", sample, path=name, theme=theme) for name, sample in samples.items()}
    pages["right-to-left.html"] = render("html", made_edition(3), path="right-to-left.html", theme=theme)
    front = write_site(tmp_path, made_edition(0), theme=theme)
    pages |= {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*.*s*")
        if path.suffix in (".css", ".svg")
    }
    pages["index.html"] = front.read_bytes()
    found = html_messages(pages)
    # Brackets in paths are written as sources have them
    assert not [line for line in found if not (line.startswith("malicious") and "[square]" in line)]


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
    page.resize(1280, 800)
    check_headings(page)
    check_keyboard(page)


@pytest.mark.parametrize("number", TEN)
def test_columns_end_together_and_print_is_short(browser: Browser, tmp_path: Path, number: int) -> None:
    """No column ends more than a third of a screen before its neighbour; nothing is wider than a phone."""
    path = tmp_path / "index.html"
    path.write_bytes(render("html", made_edition(number), path="index.html", columns=(4, 3, 3)[number % 3]))
    assert path.stat().st_size < 150_000
    with browser.page(width=1280, height=800, javascript=False) as opened:
        opened.open(path)
        for selector in GRIDS:
            if opened.call("selector => document.querySelectorAll(selector).length", selector):
                for ends in column_ends(opened, selector):
                    assert ends.difference <= THIRD, (selector, ends)
        opened.emulate(media="print")
        assert sheets_of(opened.pdf()) <= 4
        opened.emulate()
        opened.resize(320, 800)
        check_no_sideways_scrolling(opened)


def test_pictures_are_never_enlarged(browser: Browser, tmp_path: Path) -> None:
    """A small picture keeps its size in the frame of a large one, and the frame its shape."""
    from PIL import Image

    Image.new("RGB", (240, 400), "red").save(tmp_path / "small.png")
    body = render("html", made_edition(6), path="index.html").decode()
    first = 'src="https://pictures.example/'
    position = body.index(first)
    end = body.index('"', position + 5)
    path = tmp_path / "index.html"
    path.write_text(f'{body[:position]}src="small.png{body[end:]}', encoding="utf-8")
    with browser.page(width=1280) as opened:
        opened.open(path)
        width, ratio = opened.evaluate(
            "(image => [image.getBoundingClientRect().width, (box => box.width / box.height)"
            "(image.parentElement.getBoundingClientRect())])(document.querySelector('[src=\"small.png\"]'))"
        )
    assert width == 240 and abs(ratio - 1.5) < 0.01
