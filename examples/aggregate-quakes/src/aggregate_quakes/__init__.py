"""Earthquakes all over the world, as the U.S. Geological Survey publishes them (https://earthquake.usgs.gov).

    [[sources]]
    plugin = "quakes"
    least = 5.0

Each is an article with magnitude, place and time. What is found out later changes the article, and makes no other one.
"""

from __future__ import annotations

from aggregator import Register, hookimpl

from .filter import strong
from .source import quakes


@hookimpl
def register_sources(register: Register) -> None:
    """Offer `quakes`."""
    register(quakes)


@hookimpl
def register_filters(register: Register) -> None:
    """Offer `strong`."""
    register(strong, "strong_quakes")
