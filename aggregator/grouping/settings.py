"""The `[stories]` table of the configuration: how articles are grouped into stories."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from aggregator.text.units import Duration
from aggregator.text.value_types import Flag

STRICTNESS = {"loose": -0.5, "balanced": 0.0, "strict": 0.75}
"""The levels of `strictness`, and how much they raise the log-odds that grouping requires."""
Strictness = Annotated[Literal["loose", "balanced", "strict"], Meta(title='one of "loose", "balanced" and "strict"')]


class StoriesSettings(Struct, frozen=True, kw_only=True):
    """The `[stories]` table."""

    window: Annotated[Duration, Meta(description="Maximum time between articles of one story.")] = timedelta(hours=72)
    enabled: Annotated[Flag, Meta(description="`false` disables grouping; copies are still recognised.")] = True
    strictness: Annotated[
        Strictness,
        Meta(description="How similar articles must be to be grouped; the guide describes the levels."),
    ] = "balanced"
