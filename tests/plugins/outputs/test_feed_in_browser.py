"""People who open an RSS or Atom feed in a browser see a page that they can read, with links, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser import Browser, Page
from publisher import serving
from sample_edition import EDITION, hostile_edition, render_all

from aggregator import Edition

pytestmark = pytest.mark.e2e
SHOWN = """(tag) => [...document.getElementsByTagNameNS('*', tag)].filter(
    element => element.getClientRects().length).map(element => element.textContent)"""
LINKS = "[...document.links].filter(element => element.getClientRects().length).map(element => element.href)"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@contextmanager
def open_feed(name: str, edition: Edition, browser: Browser) -> Iterator[Page]:
    """Serve a feed as web servers serve `.xml`, and open it without scripts."""
    with serving() as publisher, browser.page(javascript=False) as page:
        stem = {"rss": "feed", "atom": "atom"}[name]
        for file, body in render_all(name, edition).items():
            path = f"/{stem}/{file}" if file else f"/{stem}.xml"
            publisher.serve(path, body, content_type="text/css" if file else "application/xml")
        page.open(publisher.url(f"/{stem}.xml"))
        yield page


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_page(name: str, browser: Browser) -> None:
    with open_feed(name, EDITION, browser) as page:
        assert page.call(SHOWN, "title") == ["London Daily", *(story.title for story in EDITION.newest)]
        assert "web feed" in page.call(SHOWN, "p")[0]
        assert page.evaluate(LINKS) == ["https://daily.example/", *(story.url for story in EDITION.newest)]
        texts = page.call(SHOWN, "description") + page.call(SHOWN, "summary")
        assert EDITION.newest[0].representative.summary in texts and not any("<p>" in text for text in texts)
        assert page.call(SHOWN, "encoded") == page.call(SHOWN, "content") == page.call(SHOWN, "guid") == []
        assert page.third_party() == [] and not [line for line in page.console if "favicon" not in line]
        page.resize(320)
        page.emulate(scheme="dark")
        width, visible = page.evaluate(WIDTHS)
        assert width <= visible


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_malicious_texts_are_only_text(name: str, browser: Browser) -> None:
    with open_feed(name, hostile_edition(), browser) as page:
        assert page.call(SHOWN, "title")
        assert page.third_party() == [] and page.call(SHOWN, "h1") == page.call(SHOWN, "script") == []
        assert all(url.startswith("http") for url in page.evaluate(LINKS))
