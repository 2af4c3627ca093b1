"""The inner pages are valid HTML, and fit, read and work in a browser on every screen; the search finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import msgspec
import pytest
from accessibility import axe_violations
from browser import Browser, BrowserError, Page
from html_checker import check_html, html_messages
from page_layout import check_headings, check_keyboard, check_no_sideways_scrolling, overlapping_text
from sample_edition import BRIDGE, hostile_stories
from sample_site import ARABIC, EPISODE, FERRY, SITE, site, write_site

from aggregator.outputs.page_names import (
    ARCHIVE_PAGE,
    SEARCH_PAGE,
    SOURCES_PAGE,
    TAGS_PAGE,
    article_page,
    source_page,
    story_page,
    tag_page,
)

pytestmark = pytest.mark.e2e
KINDS = {
    "article": article_page(FERRY.articles[0]),
    "summary only": article_page(BRIDGE.articles[1]),
    "right-to-left article": article_page(ARABIC.articles[0]),
    "podcast": article_page(EPISODE.articles[0]),
    "story": story_page(FERRY),
    "story with copies": story_page(BRIDGE),
    "topic": tag_page("london"),
    "source": source_page("River Post"),
    "topics": TAGS_PAGE,
    "sources": SOURCES_PAGE,
    "archive": ARCHIVE_PAGE,
    "search": SEARCH_PAGE,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site")
    write_site(path)
    return path


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A web server for the site."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def messages(page: Page) -> list[str]:
    """Return the messages of the console, but for pictures of publishers, whose hosts do not exist here."""
    return [line for line in page.console if not re.match(r"failed: net::ERR_NAME_NOT_RESOLVED: https://", line)]


def test_valid_html(folder: Path) -> None:
    made = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.html")}
    check_html(made)


def test_hostile_texts_leave_the_pages_valid(tmp_path: Path) -> None:
    write_site(tmp_path, site(*hostile_stories()))
    found = html_messages({str(file.relative_to(tmp_path)): file.read_bytes() for file in tmp_path.rglob("*.html")})
    assert not {line for line in found if "[square]" not in line}  # brackets in paths are written as sources have them


@pytest.mark.parametrize("kind", KINDS)
def test_layout_and_accessibility_without_javascript(kind: str, browser: Browser, folder: Path) -> None:
    with browser.page(width=320, javascript=False) as page:
        page.open(folder / KINDS[kind])
        assert messages(page) == []
        check_headings(page)
        if not page.evaluate("!!document.querySelector('audio, video')"):  # each of their controls takes a Tab
            check_keyboard(page)
        for width, zoom in ((320, 1), (1280, 2), (768, 1), (1440, 1)):
            page.resize(width, 800, zoom=zoom)
            check_no_sideways_scrolling(page)
            assert overlapping_text(page) == []
        assert axe_violations(page) == []
        page.emulate(scheme="dark")
        assert axe_violations(page) == []


def test_pages_in_a_language_that_is_written_from_right_to_left(browser: Browser, tmp_path: Path) -> None:
    write_site(tmp_path, msgspec.structs.replace(SITE, locale="ar"))
    with browser.page(javascript=False) as page:
        for kind in ("article", "right-to-left article", "story", "topic", "archive"):
            page.open(tmp_path / KINDS[kind])
            assert messages(page) == []
            for width in (320, 1280):
                page.resize(width)
                check_no_sideways_scrolling(page)
                assert overlapping_text(page) == []
            assert axe_violations(page) == []


@pytest.mark.parametrize("mode", ["none", "copy"])
def test_nothing_is_loaded_from_elsewhere(mode: str, browser: Browser, tmp_path: Path) -> None:
    write_site(tmp_path, site(*SITE.stories, pictures=mode))
    with browser.page() as page:
        for name in KINDS.values():
            page.open(tmp_path / name)
            assert page.console == []
            assert page.third_party() == []


def test_only_pictures_are_loaded_from_publishers(browser: Browser, folder: Path) -> None:
    with browser.page() as page:
        for name in KINDS.values():
            page.open(folder / name)
            assert all(url.endswith(".jpg") for url in page.third_party())
            assert messages(page) == []


def test_a_merged_story_leads_to_the_other(browser: Browser, folder: Path) -> None:
    former = FERRY.merged[0]
    with browser.page(javascript=False) as page:
        page.open(folder / story_page(former))
        for _ in range(100):
            with suppress(BrowserError):  # while it goes there
                if page.evaluate("location.pathname").endswith(story_page(FERRY)):
                    break
            sleep(0.05)
        else:
            pytest.fail(f"is still at {page.evaluate('location.pathname')}")


def test_footnotes(browser: Browser, folder: Path) -> None:
    with browser.page(javascript=False) as page:
        page.open(folder / KINDS["article"])
        page.evaluate("document.querySelector('.prose sup a').click()")
        assert page.evaluate("document.querySelector(':target').textContent").startswith("Counted from Sunday")


class TestSearch:
    def search(self, page: Page, words: str) -> tuple[list[str], str]:
        """Enter words and return the headlines found, and what the page says."""
        script = """words => new Promise(done => {
            const input = document.querySelector("#q"), status = document.querySelector("#status");
            status.textContent = "";
            input.value = words;
            input.dispatchEvent(new Event("input"));
            const wait = () => /^$|…$/.test(status.textContent) ? setTimeout(wait, 20) : done(status.textContent);
            wait();
        })"""
        said = page.call(script, words)
        return page.evaluate("[...document.querySelectorAll('#results h2')].map(one => one.textContent)"), said

    @pytest.fixture(params=["server", "disk"])
    def opened(self, request: pytest.FixtureRequest, browser: Browser, folder: Path, address: str) -> Iterator[Page]:
        with browser.page() as page:
            page.open(address + SEARCH_PAGE if request.param == "server" else folder / SEARCH_PAGE)
            yield page
            assert page.console == []

    def test_the_index_is_loaded_only_when_somebody_searches(self, opened: Page) -> None:
        assert not [url for url in opened.requests if "/search/" in url]
        self.search(opened, "bridge")
        assert [url.rpartition("/")[2] for url in opened.requests if "/search/" in url] == ["days.js", "2026-11-24.js"]

    def test_finds_headlines_and_links_to_their_pages(self, opened: Page) -> None:
        found, said = self.search(opened, "wren bridge op")
        assert found == ["Wren Bridge opens at last: what it means for your commute", BRIDGE.title]
        assert said == "2 articles found"
        href = opened.evaluate("document.querySelectorAll('#results a')[1].href")
        assert href.endswith("/" + article_page(BRIDGE.articles[0]))

    @pytest.mark.parametrize(
        ("words", "count"),
        [
            ("NIEDRIGWASSER", 1),
            ("eroffnet brucke", 1),  # without accents
            ("bridge wren", 3),  # in any order
            ("bridg wren", 0),  # only the last word may be a beginning
            ("touchline", 3),  # the name of an outlet
            ("postman penalties", 2),  # in headline or summary
            ("العبارات", 1),
            ("zzz", 0),
        ],
    )
    def test_all_words_must_match(self, opened: Page, words: str, count: int) -> None:
        found, said = self.search(opened, words)
        assert len(found) == count
        assert (said == "Nothing found.") is (count == 0)

    def test_the_form_is_sent_with_the_keyboard_and_the_address_keeps_the_words(self, opened: Page) -> None:
        opened.evaluate("document.querySelector('#q').focus()")
        for letter in "owls":
            opened.press(letter)
        opened.press("Enter")
        opened.evaluate("new Promise(done => setTimeout(done, 400)).then(() => 0)")
        assert opened.evaluate("document.querySelector('#results h2').textContent").startswith("Tawny owls")
        assert opened.evaluate("location.search") == "?q=owls"

    def test_words_in_the_address_are_searched(self, browser: Browser, address: str) -> None:
        with browser.page() as page:
            page.open(f"{address}{SEARCH_PAGE}?q=owls")
            page.evaluate("new Promise(done => setTimeout(done, 400)).then(() => 0)")
            assert page.evaluate("document.querySelectorAll('#results li').length") == 1
            assert axe_violations(page) == []
            check_headings(page)

    def test_texts_of_sources_are_shown_as_text(self, browser: Browser, tmp_path: Path) -> None:
        write_site(tmp_path, site(*hostile_stories()))
        with browser.page() as page:
            page.open(tmp_path / SEARCH_PAGE)
            found, _ = self.search(page, "owned")
            assert any(one.startswith("<script>") for one in found)
            assert page.evaluate("document.title") != "owned"
            assert page.evaluate("document.querySelectorAll('#results img, #results script').length") == 0
            assert page.console == []

    def test_many_results_are_shown_in_steps(self, browser: Browser, tmp_path: Path) -> None:
        (tmp_path / "search").mkdir()
        write_site(tmp_path)
        for day in range(10, 16):
            entries = ",".join(
                f'["Parade {day}-{number}","Post","2026-11-{day}T09:00Z","articles/2026/11/{day}{number:010}.html",""]'
                for number in range(20)
            )
            script = f'aggregateSearch("2026-11-{day}",[{entries}]);'
            (tmp_path / f"search/2026-11-{day}.js").write_text(script)
        write_site(tmp_path)
        with browser.page() as page:
            page.open(tmp_path / SEARCH_PAGE)
            found, said = self.search(page, "parade")
            assert (len(found), said) == (50, "50 articles found so far")
            assert found[0].startswith("Parade 15")
            for expected in (100, 120):
                page.evaluate("document.querySelector('#older button').click()")
                page.evaluate("new Promise(done => setTimeout(done, 300)).then(() => 0)")
                assert page.evaluate("document.querySelectorAll('#results li').length") == expected
            assert page.evaluate("document.querySelector('#older').hidden")

    def test_without_javascript_the_page_leads_to_the_archive(self, browser: Browser, address: str) -> None:
        with browser.page(javascript=False) as page:
            page.open(f"{address}{SEARCH_PAGE}?q=owls")
            assert page.console == []
            assert page.evaluate("document.querySelector('noscript').textContent").strip()
