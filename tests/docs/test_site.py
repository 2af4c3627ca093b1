"""The site of the documentation: it contains every page, builds without a warning, and works without a network."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import conf
import pytest
from browser import Browser
from markdown_pages import TEXTS, inline_of, resolve
from needed_programs import not_installed
from project import ROOT

LOADED = re.compile(r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]*)"|<link\b[^>]*\bhref="([^"]*)"')
"""What a browser loads with a page, other than what it links to."""
ELSEWHERE = re.compile(r"(?:https?:)?//")


def test_the_navigation_contains_each_page_once() -> None:
    trees = conf.navigation(conf.root_doc) + conf.navigation(conf.DECISIONS)
    listed = re.findall(r"^/?((?:docs/|tests/)?[\w./-]+)$", re.sub(r"```.*|:.*", "", trees), re.MULTILINE)
    pages = {page.removesuffix(".md") for page in TEXTS} - {conf.root_doc, "samples/README"}
    assert sorted(listed) == sorted({*pages, "tests/data/stories/README"})


@pytest.mark.parametrize("page", [page for page in TEXTS if page != "samples/README.md"])
def test_links_lead_to_files(page: str) -> None:
    """A site has no pages for folders."""
    for link in inline_of(page, "link_open"):
        target = str(link.attrGet("href")).partition("#")[0]
        assert "://" in target or resolve(page, target).is_file(), target


def test_other_pages_have_no_navigation_of_their_own() -> None:
    assert conf.navigation("docs/guide") == ""


@pytest.mark.e2e
@pytest.mark.slow
def test_the_site_builds_and_needs_no_network(browser: Browser, tmp_path: Path) -> None:
    if not all(importlib.util.find_spec(name) for name in ("sphinx", "furo", "myst_parser")):
        not_installed("the extra `docs`", "`make docs-site` installs it, and makes the same check")
    options = ["-q", "-W", "--keep-going", "-c", "docs", "-b", "html", "-d", str(tmp_path / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, ".", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    files = list((tmp_path / "site").rglob("*.html"))
    assert len(files) > len(TEXTS)
    for file in files:
        loaded = [source or link for source, link in LOADED.findall(file.read_text(encoding="utf-8"))]
        assert [url for url in loaded if ELSEWHERE.match(url)] == [], file
    for sheet in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet
    with browser.page() as page:
        page.open(tmp_path / "site" / "docs" / "guide.html")
        assert (page.console, page.third_party()) == ([], [])
        page.open((tmp_path / "site" / "search.html").as_uri() + "?q=newsletter")
        page.wait_for("document.querySelectorAll('#search-results li a').length > 0")
        assert (page.console, page.third_party()) == ([], [])
