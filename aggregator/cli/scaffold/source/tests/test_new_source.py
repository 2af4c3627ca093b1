"""Tests new_source with recorded answers; `pytest --record` stores them."""

from __future__ import annotations

from aggregator.testing import Recordings, assert_source
from new_source import new_source


def test_new_source_yields_articles(recorded: Recordings) -> None:
    articles = assert_source(new_source)
    assert articles[0].title == "Ferrier Bridge reopens to buses"
    assert articles[0].url == "https://harbour.example/news/102"


def test_new_source_respects_the_limit(recorded: Recordings) -> None:
    assert len(assert_source(new_source, limit=1)) == 1
