"""How well whole pages are read: those of this project, and where they are at hand the 127 real ones. The floors only
go up."""

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
DAILIES = [one for one in TRUTH if one["file"].startswith("daily-")]
OWN_FLOOR, REAL_FLOOR = 0.975, 0.98
"""F1 over runs of four words, each page weighing the same."""


def runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3)))


def f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Of pairs of the wanted text and the one that was read."""
    counted = [(runs(want), runs(got)) for want, got in pairs]
    precision = sum((want & got).total() / got.total() for want, got in counted) / len(counted)
    recall = sum((want & got).total() / want.total() for want, got in counted) / len(counted)
    return 2 * precision * recall / (precision + recall)


def read(one: dict[str, Any]) -> Item:
    item = read_article((ARTICLES / one["file"]).read_bytes(), one["url"])
    assert item is not None, one["file"]
    return item


def test_the_texts_of_this_projects_pages_are_read() -> None:
    assert f1(("\n".join(one["paragraphs"]), plain(read(one).content or "")) for one in TRUTH) >= OWN_FLOOR


def test_the_texts_of_real_pages_are_read() -> None:
    folder = shared("pages")
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]

    def text(row: dict[str, Any]) -> str:
        item = read_article(gzip.decompress((folder / f"{row['id']}.html.gz").read_bytes()), row["url"])
        return plain(item.content or "") if item else ""

    assert f1((row["text"], text(row)) for row in rows) >= REAL_FLOOR


@pytest.mark.parametrize("one", TRUTH, ids=lambda one: one["file"])
def test_title_and_date_are_those_of_the_article(one: dict[str, Any]) -> None:
    item = read(one)
    assert plain(item.title or "") == plain(one["title"])
    assert parse_date(item.published) == parse_date(one["published"])


@pytest.mark.parametrize("one", TRUTH, ids=lambda one: one["file"])
def test_the_authors_are_those_of_the_article(one: dict[str, Any]) -> None:
    assert (read(one).authors or []) == one["authors"]


@pytest.mark.parametrize("one", DAILIES, ids=lambda one: one["file"])
def test_a_daily_is_read_clean(one: dict[str, Any]) -> None:
    item = read(one)
    text = plain(item.content or "")
    assert [entry for entry in one["paragraphs"] if plain(entry) not in text] == []
    wanted = {entry["title"]: entry["url"] for entry in one["related"]}
    found = {entry.title: entry.url for entry in item.related or () if isinstance(entry, Related)}
    assert len(wanted.keys() & found.keys()) >= 0.95 * len(wanted)
    assert set(found) <= set(wanted)
    if not one["file"].endswith(".txt"):
        assert all(wanted[title] == url for title, url in found.items())
