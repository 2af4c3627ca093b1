"""The texts of an article as outputs show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sample_edition import edition

from aggregator import Article, Outlet
from aggregator.outputs.article_text import authors, byline, headline, shown_outlet, summary
from aggregator.outputs.edition_texts import EditionTexts

COURIER = Outlet("World news | The Courier", "https://courier.example/world")


def article(**fields: Any) -> Article:
    values: dict[str, Any] = {
        "id": "1",
        "url": "https://courier.example/1",
        "title": "The bridge reopens",
        "source": COURIER,
    }
    return Article(first_seen=datetime(2026, 1, 1, tzinfo=UTC), **(values | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "The bridge  reopens - The Courier"}, "The bridge reopens"),
        ({"title": " "}, "https://courier.example/1"),
        ({"title": "", "summary": "Buses cross. Read more"}, "Buses cross."),
        ({"title": "", "url": None}, "World news | The Courier"),
        ({"title": "", "url": None, "source": Outlet("")}, "Untitled"),
        ({"title": "The bridge reopens | courier.example", "source": Outlet("Local")}, "The bridge reopens"),
    ],
)
def test_headline(fields: dict[str, Any], expected: str) -> None:
    assert headline(article(**fields)) == expected


def test_summary() -> None:
    assert summary(article(summary="The bridge reopens. Buses cross the river again. Continue reading →")) == (
        "Buses cross the river again."
    )
    assert summary(article(summary="The bridge reopens  The Courier")) == ""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("The Courier",), ""),
        (("By Ann Lee",), "Ann Lee"),
        (("Ann Lee", "Bob Ray"), "Ann Lee and Bob Ray"),
        (("Ann Lee, Bob Ray and Cem Su",), "Ann Lee, Bob Ray and Cem Su"),
        (("Ann Lee", "Bob Ray", "Cem Su", "Dee Fox", "Eva Gray"), "Ann Lee, Bob Ray, Cem Su and 2 more"),
    ],
)
def test_byline(names: tuple[str, ...], expected: str) -> None:
    assert byline(article(authors=names), EditionTexts(edition())) == expected


def test_a_translated_byline() -> None:
    names = article(authors=("Ann Lee", "Bob Ray", "Cem Su", "Dee Fox"))
    assert byline(names, EditionTexts(edition(locale="de"))) == "Ann Lee, Bob Ray, Cem Su und 1 weitere"
    assert len(authors(names)) == 4


def test_a_configured_name_is_not_changed() -> None:
    assert shown_outlet(COURIER) == "The Courier"
    assert shown_outlet(COURIER, {"World news | The Courier"}) == "World news | The Courier"
