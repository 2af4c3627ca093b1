"""Suggestions for misspelt names."""

from __future__ import annotations

from aggregator.text.suggest import closest_name, did_you_mean


def test_the_closest_name_is_found_whatever_the_case() -> None:
    assert closest_name("thames courrier", ["The Thames Courier", "Example World"]) == "The Thames Courier"
    assert closest_name("x", ["The Thames Courier"]) is None


def test_without_a_close_name_all_are_listed() -> None:
    assert did_you_mean("taggs", ["tags", "title"]) == 'did you mean "tags"?'
    assert did_you_mean("x", ["tags", "title"]) == "known: tags, title"
    assert did_you_mean("x", []) == "known: none"
    assert did_you_mean("x", ["tags"], "see the guide") == "see the guide"
