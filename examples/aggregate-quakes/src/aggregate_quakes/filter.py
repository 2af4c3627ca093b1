"""The filter `strong_quakes`: tags strong earthquakes, for a section of their own.

[[filters]]
plugin = "strong_quakes"
sources = ["Earthquakes"]
least = 6.0
tag = "strong earthquakes"
"""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from aggregator import Article


def strong(
    article: Article,
    *,
    least: Annotated[float, Meta(description="The minimum magnitude of a strong earthquake.", ge=0)] = 6.0,
    tag: Annotated[str, Meta(description="The tag to add.", min_length=1)] = "strong earthquakes",
) -> Article:
    """Tag articles whose titles report a strong earthquake ("M 6.4 - 58 km SSW of Farvik")."""
    magnitude = re.match(r"M (\d{1,2}\.\d)\b", article.title)
    if magnitude and float(magnitude[1]) >= least and tag not in article.tags:
        return article.replace(tags=(*article.tags, tag))
    return article
