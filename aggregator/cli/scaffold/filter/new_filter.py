"""Drops articles that have almost no text.

In config.toml:

    [[filters]]
    plugin = "new_filter"
    least = 40
"""

from __future__ import annotations

from typing import Annotated

from aggregator import Article, Drop, Register, hookimpl
from msgspec import Meta


def new_filter(
    article: Article,
    *,
    least: Annotated[int, Meta(description="Minimum characters of text.", ge=0)] = 20,
) -> Article | Drop:
    """Drop articles whose title and summary are shorter than `least`."""
    if len(article.title) + len(article.summary) < least:
        return Drop(f"has less than {least} characters of text")
    return article


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter under the name of its function."""
    register(new_filter)
