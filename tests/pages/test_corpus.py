"""The corpus of pages itself: what its truth says of a page stands in that page."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from project import DATA

PAGES = DATA / "pages"

Truth = dict[str, Any]


def truths(kind: str) -> list[Truth]:
    """The lines of truth of every folder called `kind`, each with the `path` of its page."""
    return [
        json.loads(line) | {"path": found.parent / json.loads(line)["file"]}
        for found in sorted(PAGES.rglob(f"{kind}/truth.jsonl"))
        for line in found.read_text(encoding="utf-8").splitlines()
    ]


LISTINGS, ARTICLES = truths("listings"), truths("articles")
each_listing = pytest.mark.parametrize("page", LISTINGS, ids=lambda page: page["file"])
each_article = pytest.mark.parametrize("page", ARTICLES, ids=lambda page: page["file"])


def document(page: Truth) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page["path"].read_bytes())


def run_together(text: str) -> str:
    """The text without its white space, which markup breaks anywhere."""
    return re.sub(r"\s+", "", text)


def whole_text(page: Truth) -> str:
    """All text of a page, with what stands in its scripts."""
    plain = page["file"].endswith(".txt")
    return run_together(page["path"].read_text(encoding="utf-8") if plain else document(page).text_content())


def linked(page: Truth) -> set[str]:
    """The addresses a page links to, absolute."""
    html = document(page)
    base = next(iter(html.xpath("//base/@href")), "")
    return {urljoin(urljoin(page["url"], base), href) for href in html.xpath("//a/@href")}


@pytest.mark.parametrize("kind", ["listings", "articles"])
def test_every_page_has_its_line_of_truth_and_every_line_its_page(kind: str) -> None:
    for found in PAGES.rglob(f"{kind}/truth.jsonl"):
        named = [json.loads(line)["file"] for line in found.read_text(encoding="utf-8").splitlines()]
        assert sorted(named) == sorted(path.name for path in found.parent.iterdir() if path != found)


@each_listing
def test_every_article_listed_is_linked_or_stands_in_the_pages_data(page: Truth) -> None:
    links, text = linked(page), whole_text(page)
    for article in page["articles"] + page.get("also", []):
        path = urlsplit(article["url"]).path
        assert article["url"] in links or path in text, article


@each_listing
def test_every_headline_listed_stands_in_the_page(page: Truth) -> None:
    text = whole_text(page)
    assert [a for a in page["articles"] + page.get("also", []) if run_together(a["title"]) not in text] == []


@each_listing
def test_a_page_lists_eight_to_sixty_articles_and_each_once(page: Truth) -> None:
    listed = [article["url"] for article in page["articles"] + page.get("also", [])]
    assert len(set(listed)) == len(listed)
    assert 8 <= len(page["articles"]) <= 60


@each_listing
def test_every_date_of_a_listing_is_an_iso_date(page: Truth) -> None:
    for article in page["articles"]:
        assert article["date"] is None or datetime.fromisoformat(article["date"])


@each_article
def test_every_paragraph_and_related_headline_stands_in_the_page(page: Truth) -> None:
    text = whole_text(page)
    wanted = [page["title"], *page["paragraphs"], *(related["title"] for related in page["related"])]
    assert [missing for missing in wanted if run_together(missing) not in text] == []


@each_article
def test_what_the_body_must_not_hold_stands_in_the_page_and_in_no_paragraph(page: Truth) -> None:
    text, body = whole_text(page), run_together("".join(page["paragraphs"]))
    for unwanted in map(run_together, page["not"]):
        assert unwanted in text
        assert unwanted not in body


@each_article
def test_every_related_article_with_an_address_is_linked(page: Truth) -> None:
    wanted = {related["url"] for related in page["related"] if related["url"]}
    if page["file"].endswith(".txt"):
        assert all(url in whole_text(page) for url in wanted)
    else:
        assert wanted <= linked(page)
