"""How close two groups must be to be merged.

Two single articles need a stronger link than large groups, since no other link supports theirs. How strong depends on
how many articles there are: of three thousand, more resemble each other by chance than of three hundred, while each
still has only a few that tell its story.
"""

from __future__ import annotations

import math

SINGLES_THRESHOLD, GROUPS_THRESHOLD = 0.5, -1.25
"""The closeness at which two single articles are merged, and large groups."""
GROWTH = 1.5
"""The threshold falls from the first to the second exponentially; this is the scale, in articles."""
FEW_ARTICLES, MANY_ARTICLES = 500, 10_000
"""Articles within the window between which the threshold of single articles rises; the larger number is three times
what was measured."""
RISE = 0.4
"""By how much it rises, times the logarithm of the ratio to `FEW_ARTICLES`."""


class Thresholds(dict[int, float]):
    """The threshold for two groups, by the number of articles of both together; computed when first asked for.

    `strictness`: added to all; `articles`: how many an article is compared with.
    """

    def __init__(self, strictness: float = 0.0, articles: int = 0) -> None:
        super().__init__()
        self.lowest = GROUPS_THRESHOLD + strictness
        """The threshold for large groups."""
        rise = RISE * math.log(min(max(articles, FEW_ARTICLES), MANY_ARTICLES) / FEW_ARTICLES)
        self._excess = SINGLES_THRESHOLD + rise - GROUPS_THRESHOLD

    def __missing__(self, size: int) -> float:
        self[size] = threshold = self.lowest + self._excess * math.exp(-(size - 2) / GROWTH)
        return threshold
