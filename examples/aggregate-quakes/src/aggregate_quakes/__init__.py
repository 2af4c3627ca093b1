"""Worldwide earthquakes, as published by the U.S. Geological Survey (https://earthquake.usgs.gov).

    [[sources]]
    plugin = "quakes"
    least = 5.0

Each earthquake is an article with magnitude, place and time. Later corrections update the article.
"""

from __future__ import annotations

from aggregator import Register, hookimpl

from .filter import strong
from .source import quakes


@hookimpl
def register_sources(register: Register) -> None:
    """Register `quakes`."""
    register(quakes)


@hookimpl
def register_filters(register: Register) -> None:
    """Register `strong` as `strong_quakes`."""
    register(strong, "strong_quakes")
