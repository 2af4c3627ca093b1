"""Tests of `read_article` on whole pages: those of this project, and the 127 real ones if present.

The floors may only be raised.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from project import DATA, shared

from aggregator import Item, Related
from aggregator.pages import read_article
from aggregator.text.dates import parse_date
from aggregator.text.plain import plain

pytestmark = pytest.mark.slow

ARTICLES = DATA / "pages" / "articles"
TRUTH = [json.loads(line) for line in (ARTICLES / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
DAILIES = [page for page in TRUTH if page["file"].startswith("daily-")]
OWN_FLOOR, REAL_FLOOR = 0.975, 0.98
"""F1 over 4-word shingles, with equal weight for each page."""


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3)))


def f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the F1 of pairs of expected and extracted text."""
    counted = [(shingles(want), shingles(got)) for want, got in pairs]
    precision = sum((want & got).total() / got.total() for want, got in counted) / len(counted)
    recall = sum((want & got).total() / want.total() for want, got in counted) / len(counted)
    return 2 * precision * recall / (precision + recall)


def read(page: dict[str, Any]) -> Item:
    item = read_article((ARTICLES / page["file"]).read_bytes(), page["url"])
    assert item is not None, page["file"]
    return item


def test_texts_of_the_invented_pages_reach_their_f1_floor() -> None:
    assert f1(("\n".join(page["paragraphs"]), plain(read(page).content or "")) for page in TRUTH) >= OWN_FLOOR


def test_texts_of_the_real_pages_reach_their_f1_floor() -> None:
    folder = shared("pages")
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]

    def text(row: dict[str, Any]) -> str:
        item = read_article(gzip.decompress((folder / f"{row['id']}.html.gz").read_bytes()), row["url"])
        return plain(item.content or "") if item else ""

    assert f1((row["text"], text(row)) for row in rows) >= REAL_FLOOR


@pytest.mark.parametrize("page", TRUTH, ids=lambda page: page["file"])
def test_title_and_date_match_the_truth(page: dict[str, Any]) -> None:
    item = read(page)
    assert plain(item.title or "") == plain(page["title"])
    assert parse_date(item.published) == parse_date(page["published"])


@pytest.mark.parametrize("page", TRUTH, ids=lambda page: page["file"])
def test_authors_match_the_truth(page: dict[str, Any]) -> None:
    assert (read(page).authors or []) == page["authors"]


@pytest.mark.parametrize("page", DAILIES, ids=lambda page: page["file"])
def test_a_daily_newspaper_page_yields_its_text_and_related_headlines_only(page: dict[str, Any]) -> None:
    item = read(page)
    text = plain(item.content or "")
    assert [entry for entry in page["paragraphs"] if plain(entry) not in text] == []
    wanted = {entry["title"]: entry["url"] for entry in page["related"]}
    found = {entry.title: entry.url for entry in item.related or () if isinstance(entry, Related)}
    assert len(wanted.keys() & found.keys()) >= 0.95 * len(wanted)
    assert set(found) <= set(wanted)
    if not page["file"].endswith(".txt"):
        assert all(wanted[title] == url for title, url in found.items())
