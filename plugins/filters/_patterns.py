"""Matches articles against regular expressions and a condition, for the filters `drop` and `keep`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Expression
from aggregator.text.patterns import SEARCHED
from aggregator.text.plain import plain

Pattern = re.Pattern[str] | None

Title = Annotated[Pattern, Meta(description="Searched in the title.")]
Summary = Annotated[Pattern, Meta(description="Searched in the summary.")]
Text = Annotated[Pattern, Meta(description="Searched in the title, the summary and the text of the content.")]
Url = Annotated[Pattern, Meta(description="Searched in the address.")]
Author = Annotated[Pattern, Meta(description="Searched in the name of each author.")]
Source = Annotated[Pattern, Meta(description="Searched in the name of the outlet.")]
Tag = Annotated[Pattern, Meta(description="Searched in each tag.")]

Where = Annotated[Expression | None, Meta(description="Condition that the article meets.")]

_PARTS: dict[str, Callable[[Article], tuple[str, ...]]] = {
    "title": lambda article: (article.title,),
    "summary": lambda article: (article.summary,),
    "text": lambda article: (article.title, article.summary, plain(article.content or "")),
    "url": lambda article: (article.url or "",),
    "author": lambda article: article.authors,
    "source": lambda article: (article.source.name,),
    "tag": lambda article: article.tags,
}


def first_mismatch(article: Article, where: Expression | None, **patterns: Pattern) -> str | None:
    """Return a message for the first pattern, or the condition, that does not match; None if all match.

    `patterns`: by the part of the article that they search.
    """
    for part, pattern in patterns.items():
        if pattern and not any(pattern.search(text, 0, SEARCHED) for text in _PARTS[part](article)):
            return f"{part} does not match {pattern.pattern}"
    return f"where does not match {where}" if where and not where.holds(article) else None


def describe_match(where: Expression | None, **patterns: Pattern) -> str:
    """Return the reason for an article that matches all patterns and the condition."""
    reasons = [f"{part} matches {pattern.pattern}" for part, pattern in patterns.items() if pattern]
    reasons += [f"where matches {where}"] if where else []
    return " and ".join(reasons) or "the filter drops every article"
