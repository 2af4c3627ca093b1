"""Tests `quakes` with recorded answers; `pytest --record` replaces them with the earthquakes of today."""

from __future__ import annotations

from aggregate_quakes import quakes

from aggregator.testing import Recordings, assert_source


def test_an_earthquake_is_an_article(recorded: Recordings) -> None:
    quake = assert_source(quakes)[0]
    assert quake.id == "us7000aaa1"
    assert quake.title == "M 6.4 - 58 km SSW of Farvik, Nowhere Islands"
    assert quake.published
    assert f"{quake.published:%d %B %Y %H:%M}" == "05 January 2026 09:52"
    assert quake.summary.startswith("Magnitude 6.4, 33.1 km deep, at -15.4, -171.2.")
    assert "12 people reported" in quake.summary
    assert "tsunami" in quake.summary


def test_the_minimum_magnitude(recorded: Recordings) -> None:
    assert [quake.id for quake in assert_source(quakes, least=5.0)] == ["us7000aaa1", "us7000aaa3"]
