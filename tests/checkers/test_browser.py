"""The browser of the tests: what it sets, records and measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import axe_violations
from browser import Browser, BrowserError, Page, sheets_of
from publisher import Publisher

pytestmark = pytest.mark.e2e

SCRIPTED = """<!DOCTYPE html><title>before</title>
<script>document.title = 'after'; console.warn('careful', 1); setTimeout(() => missing()); alert('stop')</script>
<img src="https://elsewhere.example/a.png"><img src="none.png"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">"""
STYLED = """<!DOCTYPE html><html lang="en"><title>Styles</title><style>
body { margin: 0; color: rgb(1, 1, 1) }
@media (prefers-color-scheme: dark) { body { color: rgb(2, 2, 2) } }
@media print { body { color: rgb(3, 3, 3) } section { break-before: page } }
</style><h1>Styles</h1><section>one <a href="#two">to two</a></section>
<section id="two">two <a href="#one">to one</a></section>"""
COLOUR = "getComputedStyle(document.body).color"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "page.html").write_text(STYLED, encoding="utf-8")
    with browser.page() as opened:
        opened.open(tmp_path / "page.html")
        yield opened


def test_requests_and_console(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(SCRIPTED, encoding="utf-8")
    with browser.page() as page:
        page.open(tmp_path / "page.html")
        assert page.call("async (a, b) => document.title + a + b", 1, "x") == "after1x"
        assert page.third_party() == ["https://elsewhere.example/a.png"]
        assert {(tmp_path / name).as_uri() for name in ("page.html", "none.png")} < set(page.requests)
        console = "\n".join(page.console)
        for part in ("warning: careful 1", "dialog: stop", "missing is not defined", "NAME_NOT_RESOLVED: https://else"):
            assert part in console
        assert "FILE_NOT_FOUND" in console


def test_disabled_scripts(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(SCRIPTED, encoding="utf-8")
    with browser.page(javascript=False) as page:
        page.open(tmp_path / "page.html")
        assert page.evaluate("new Promise(done => setTimeout(done, 1, document.title))") == "before"
        assert axe_violations(page)
        page.resize(320)
        assert page.evaluate("innerWidth") == 320


def test_a_page_from_a_server(browser: Browser, publisher: Publisher) -> None:
    publisher.serve("/", b'<img src="/gone.png"><img src="//other.example/b.png">', content_type="text/html")
    with browser.page() as page:
        page.open(publisher.url("/"))
        assert f"failed: 404: {publisher.url('/gone.png')}" in page.console
        assert page.third_party() == ["http://other.example/b.png"]


def test_an_edition_at_its_address(browser: Browser) -> None:
    files = {
        "index.html": b"<link rel=stylesheet href=/style.css><a href=2026/day.html?a=b#c>day</a><img src=none.png>",
        "2026/day.html": b"<title>Day</title>",
        "style.css": b"body { color: rgb(4, 4, 4) }",
    }
    with browser.page() as page:
        page.serve("https://daily.example/", files)
        page.open("https://daily.example/")
        assert page.evaluate(COLOUR) == "rgb(4, 4, 4)"
        assert page.console == ["failed: 404: https://daily.example/none.png"]
        assert page.third_party() == []
        page.press("Tab")
        page.press("Enter")
        page.wait_for("document.title === 'Day'")
        assert page.evaluate("location.href") == "https://daily.example/2026/day.html?a=b#c"


def test_size_and_zoom(page: Page) -> None:
    sizes = "[innerWidth, innerHeight, devicePixelRatio]"
    assert page.evaluate(sizes) == [1280, 800, 1]
    page.resize(1280, 800, zoom=2)
    assert page.evaluate(sizes) == [640, 400, 2]
    assert page.evaluate("parseInt(getComputedStyle(document.body).fontSize)") == 16
    page.font_size(32)
    assert page.evaluate("parseInt(getComputedStyle(document.body).fontSize)") == 32


def test_media(page: Page) -> None:
    assert page.evaluate(COLOUR) == "rgb(1, 1, 1)"
    page.emulate(scheme="dark")
    assert page.evaluate(COLOUR) == "rgb(2, 2, 2)"
    page.emulate(media="print", reduced_motion=True, forced_colors=True)
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce) and (forced-colors: active)').matches")
    page.emulate(media="print")
    assert page.evaluate(COLOUR) == "rgb(3, 3, 3)"


def test_keys(page: Page) -> None:
    focused = "document.activeElement.textContent"
    page.press("Tab")
    assert page.evaluate(focused) == "to two"
    page.press("Enter")
    assert page.evaluate("location.hash") == "#two"
    page.press("Tab")
    assert page.evaluate(focused) == "to one"
    page.press("Tab", shift=True)
    assert page.evaluate(focused) == "to two"


def test_pictures_and_print(page: Page, tmp_path: Path) -> None:
    page.evaluate("document.body.append(Object.assign(document.createElement('p'), {style: 'height: 3000px'}))")
    page.resize(320, 600)
    assert int.from_bytes(page.screenshot(tmp_path / "page.png")[20:24]) > 3000  # the height in the header of a PNG
    assert (tmp_path / "page.png").read_bytes()[1:4] == b"PNG"
    assert int.from_bytes(page.screenshot(what="window")[20:24]) == 600
    assert sheets_of(page.pdf()) >= 3


def test_errors_are_raised(page: Page) -> None:
    with pytest.raises(BrowserError, match="nothing is not defined"):
        page.evaluate("nothing()")
    with pytest.raises(BrowserError, match=r"https://elsewhere\.example/: net::ERR_NAME_NOT_RESOLVED"):
        page.open("https://elsewhere.example/")
    with pytest.raises(BrowserError, match=r"'No\.Command' wasn't found"):
        page.send("No.Command")


def test_pages_share_nothing(browser: Browser, publisher: Publisher) -> None:
    publisher.serve("/", b"<title>x</title>", content_type="text/html")
    seen = []
    for _ in range(2):
        with browser.page() as page:
            page.open(publisher.url("/"))
            seen.append(page.evaluate("localStorage.a"))
            page.evaluate("localStorage.a = 1")
    assert seen == [None, None]


def test_axe_finds_violations(page: Page) -> None:
    assert axe_violations(page) == []
    page.evaluate("document.body.append(document.createElement('img'))")
    page.evaluate("document.querySelector('section').style.color = '#bbb'")
    rules = {violation.split(":")[0] for violation in axe_violations(page)}
    assert rules == {"image-alt", "color-contrast"}
