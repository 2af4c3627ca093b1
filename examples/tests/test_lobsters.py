"""lobsters, on recorded answers: `pytest --record` stores them, and makes other stories of them."""

from __future__ import annotations

import pytest
from lobsters import lobsters

from aggregator.testing import Recordings, assert_source


def test_stories_with_enough_votes(recorded: Recordings) -> None:
    few, all_of_them = assert_source(lobsters, least=20), assert_source(lobsters, least=0)
    assert [article.title for article in few] == ["A parser that cannot go back", "Ask: how do you name branches?"]
    assert len(all_of_them) == 3


def test_a_story_keeps_its_tags_and_leads_to_its_comments(recorded: Recordings) -> None:
    story, question, _ = assert_source(lobsters, least=0)
    assert story.url == "https://parsers.example/no-way-back"
    assert story.tags == ("compsci", "rust")
    assert [related.title for related in story.related] == ["31 comments"]
    assert question.url == "https://lobste.rs/s/b2c3d4/ask_how_do_you_name_branches"


def test_stories_of_one_tag(recorded: Recordings) -> None:
    [story] = assert_source(lobsters, tag="python")
    assert story.source.name == "Lobsters: python"


def test_a_site_of_another_kind_is_told(recorded: Recordings) -> None:
    with pytest.raises(AssertionError, match="is no list of stories"):
        assert_source(lobsters, url="https://other.example/")
