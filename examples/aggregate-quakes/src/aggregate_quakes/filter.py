"""The filter: strong earthquakes get a tag, so that they stand in a section of their own.

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
    least: Annotated[float, Meta(description="Strong is from this magnitude on.", ge=0)] = 6.0,
    tag: Annotated[str, Meta(description="The tag.", min_length=1)] = "strong earthquakes",
) -> Article:
    """Tag articles whose titles tell of a strong earthquake ("M 6.4 - 58 km SSW of Farvik")."""
    told = re.match(r"M (\d{1,2}\.\d)\b", article.title)
    if told and float(told[1]) >= least and tag not in article.tags:
        return article.replace(tags=(*article.tags, tag))
    return article
