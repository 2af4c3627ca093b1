"""Tests new_filter with sample articles."""

from __future__ import annotations

from aggregator import Drop
from aggregator.testing import an_article, assert_filter
from new_filter import new_filter


def test_new_filter_keeps_long_articles() -> None:
    article = an_article(summary="All 212 hangers were replaced in 19 months.")
    assert assert_filter(new_filter, article) == article


def test_new_filter_drops_short_articles_with_a_reason() -> None:
    article = an_article(title="Closed", summary="")
    assert assert_filter(new_filter, article, least=10) == Drop(
        "has less than 10 characters of text"
    )
