"""Tests `lobsters` with recorded answers; `pytest --record` replaces them with the stories of today."""

from __future__ import annotations

import pytest
from lobsters import lobsters

from aggregator.testing import Recordings, assert_source


def test_stories_with_enough_votes(recorded: Recordings) -> None:
    popular, everything = assert_source(lobsters, least=20), assert_source(lobsters, least=0)
    assert [article.title for article in popular] == ["A parser that cannot go back", "Ask: how do you name branches?"]
    assert len(everything) == 3


def test_a_story_has_tags_and_a_link_to_its_comments(recorded: Recordings) -> None:
    story, question, _ = assert_source(lobsters, least=0)
    assert story.url == "https://parsers.example/no-way-back"
    assert story.tags == ("compsci", "rust")
    assert [related.title for related in story.related] == ["31 comments"]
    assert question.url == "https://lobste.rs/s/b2c3d4/ask_how_do_you_name_branches"


def test_stories_of_one_tag(recorded: Recordings) -> None:
    [story] = assert_source(lobsters, tag="python")
    assert story.source.name == "Lobsters: python"


def test_another_kind_of_site_is_reported(recorded: Recordings) -> None:
    with pytest.raises(AssertionError, match="is not a list of stories"):
        assert_source(lobsters, url="https://other.example/")
