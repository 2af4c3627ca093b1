"""Checks the corpus of pages: the truth of each page matches its content."""

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
    """Return the truth of all folders named `kind`, each line with the `path` of its page."""
    return [
        json.loads(line) | {"path": truth.parent / json.loads(line)["file"]}
        for truth in sorted(PAGES.rglob(f"{kind}/truth.jsonl"))
        for line in truth.read_text(encoding="utf-8").splitlines()
    ]


LISTINGS, ARTICLES = truths("listings"), truths("articles")
each_listing = pytest.mark.parametrize("page", LISTINGS, ids=lambda page: page["file"])
each_article = pytest.mark.parametrize("page", ARTICLES, ids=lambda page: page["file"])


def document(page: Truth) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page["path"].read_bytes())


def without_spaces(text: str) -> str:
    """Return a text without white space, which markup may add anywhere."""
    return re.sub(r"\s+", "", text)


def whole_text(page: Truth) -> str:
    """Return all text of a page, scripts included."""
    plain = page["file"].endswith(".txt")
    return without_spaces(page["path"].read_text(encoding="utf-8") if plain else document(page).text_content())


def linked_urls(page: Truth) -> set[str]:
    """Return the absolute URLs that a page links to."""
    html = document(page)
    base = next(iter(html.xpath("//base/@href")), "")
    return {urljoin(urljoin(page["url"], base), href) for href in html.xpath("//a/@href")}


@pytest.mark.parametrize("kind", ["listings", "articles"])
def test_every_page_has_a_line_of_truth_and_every_line_a_page(kind: str) -> None:
    for truth in PAGES.rglob(f"{kind}/truth.jsonl"):
        files = [json.loads(line)["file"] for line in truth.read_text(encoding="utf-8").splitlines()]
        assert sorted(files) == sorted(path.name for path in truth.parent.iterdir() if path != truth)


@each_listing
def test_every_listed_article_is_linked_or_in_the_data_of_the_page(page: Truth) -> None:
    links, text = linked_urls(page), whole_text(page)
    for article in page["articles"] + page.get("also", []):
        path = urlsplit(article["url"]).path
        assert article["url"] in links or path in text, article


@each_listing
def test_every_listed_headline_is_in_the_page(page: Truth) -> None:
    text = whole_text(page)
    assert [a for a in page["articles"] + page.get("also", []) if without_spaces(a["title"]) not in text] == []


@each_listing
def test_a_page_lists_eight_to_sixty_distinct_articles(page: Truth) -> None:
    listed = [article["url"] for article in page["articles"] + page.get("also", [])]
    assert len(set(listed)) == len(listed)
    assert 8 <= len(page["articles"]) <= 60


@each_listing
def test_every_date_of_a_listing_is_an_iso_date(page: Truth) -> None:
    for article in page["articles"]:
        assert article["date"] is None or datetime.fromisoformat(article["date"])


@each_article
def test_every_paragraph_and_related_headline_is_in_the_page(page: Truth) -> None:
    text = whole_text(page)
    wanted = [page["title"], *page["paragraphs"], *(related["title"] for related in page["related"])]
    assert [missing for missing in wanted if without_spaces(missing) not in text] == []


@each_article
def test_unwanted_texts_are_in_the_page_and_in_no_paragraph(page: Truth) -> None:
    text, body = whole_text(page), without_spaces("".join(page["paragraphs"]))
    for unwanted in map(without_spaces, page["not"]):
        assert unwanted in text
        assert unwanted not in body


@each_article
def test_every_related_article_with_a_url_is_linked(page: Truth) -> None:
    wanted = {related["url"] for related in page["related"] if related["url"]}
    if page["file"].endswith(".txt"):
        assert all(url in whole_text(page) for url in wanted)
    else:
        assert wanted <= linked_urls(page)
