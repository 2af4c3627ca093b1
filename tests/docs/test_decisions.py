"""docs/decisions: one page for each decision, numbered, dated, in order, and all in the index."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from markdown_pages import TEXTS, headings_of

INDEX = "docs/decisions/README.md"
RECORDS = sorted(page for page in TEXTS if page.startswith("docs/decisions/") and page != INDEX)


def title_of(page: str) -> str:
    return next(text for _, text in headings_of(page)).partition(": ")[2]


def date_of(page: str) -> str:
    return TEXTS[page].splitlines()[2].removeprefix("Date: ")


@pytest.mark.parametrize("page", RECORDS)
def test_a_record_has_a_title_a_date_and_three_parts(page: str) -> None:
    [(_, heading), *parts] = headings_of(page)
    assert [text for _, text in parts] == ["Context", "Decision", "Consequences"]
    number, _, title = heading.partition(": ")
    assert title
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower().replace("'", "")).strip("-")
    assert page == f"docs/decisions/{number}-{slug}.md"
    assert date.fromisoformat(date_of(page))


def test_records_are_numbered_from_001_the_newest_last() -> None:
    numbers = [int(page.rpartition("/")[2][:3]) for page in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))
    assert all(date_of(before) <= date_of(after) for before, after in pairwise(RECORDS))


def test_the_index_lists_each_record_in_order() -> None:
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \|$", TEXTS[INDEX], re.MULTILINE)
    names = [page.rpartition("/")[2] for page in RECORDS]
    assert rows == [(name[:3], title_of(page), name, date_of(page)) for name, page in zip(names, RECORDS, strict=True)]
