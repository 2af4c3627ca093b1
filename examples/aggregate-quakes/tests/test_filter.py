"""Tests `strong_quakes` with sample articles."""

from __future__ import annotations

import pytest
from aggregate_quakes import strong

from aggregator import Article
from aggregator.testing import an_article, assert_filter


@pytest.mark.parametrize(
    ("title", "tags"),
    [
        ("M 6.4 - 58 km SSW of Farvik", ("strong earthquakes",)),
        ("M 5.9 - 101 km E of Port Quay", ()),
        ("Ferrier Bridge reopens to buses", ()),
    ],
)
def test_strong_earthquakes_are_tagged(title: str, tags: tuple[str, ...]) -> None:
    tagged = assert_filter(strong, an_article(title=title, tags=()))
    assert isinstance(tagged, Article)
    assert tagged.tags == tags


def test_magnitude_and_tag_are_options() -> None:
    tagged = assert_filter(strong, an_article(title="M 5.9 - Low Pass", tags=("world",)), least=5, tag="felt")
    assert isinstance(tagged, Article)
    assert tagged.tags == ("world", "felt")
