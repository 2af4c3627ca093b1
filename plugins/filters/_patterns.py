"""What the filters `drop` and `keep` share: regular expressions, each for one part of an article, and a condition."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Expression
from aggregator.text.patterns import SEARCHED
from aggregator.text.plain import plain

Pattern = re.Pattern[str] | None

Title = Annotated[Pattern, Meta(description="Found in its title.")]
Summary = Annotated[Pattern, Meta(description="Found in its summary.")]
Text = Annotated[Pattern, Meta(description="Found in its title, its summary or the text of its content.")]
Url = Annotated[Pattern, Meta(description="Found in its address.")]
Author = Annotated[Pattern, Meta(description="Found in the name of one of its authors.")]
Source = Annotated[Pattern, Meta(description="Found in the name of its outlet.")]
Tag = Annotated[Pattern, Meta(description="Found in one of its tags.")]

Where = Annotated[Expression | None, Meta(description="Holds for it.")]

_PARTS: dict[str, Callable[[Article], tuple[str, ...]]] = {
    "title": lambda article: (article.title,),
    "summary": lambda article: (article.summary,),
    "text": lambda article: (article.title, article.summary, plain(article.content or "")),
    "url": lambda article: (article.url or "",),
    "author": lambda article: article.authors,
    "source": lambda article: (article.source.name,),
    "tag": lambda article: article.tags,
}


def unmatched(article: Article, where: Expression | None, **patterns: Pattern) -> str | None:
    """The first pattern that is given and not found, or the condition that does not hold, in words; None where all do.

    The keywords are the parts.
    """
    for part, pattern in patterns.items():
        if pattern and not any(pattern.search(text, 0, SEARCHED) for text in _PARTS[part](article)):
            return f"{part} does not match {pattern.pattern}"
    return f"where does not match {where}" if where and not where.holds(article) else None


def matched(where: Expression | None, **patterns: Pattern) -> str:
    """What is given, in words, as the reason of an article that matches it all."""
    given = [f"{part} matches {pattern.pattern}" for part, pattern in patterns.items() if pattern]
    given += [f"where matches {where}"] if where else []
    return " and ".join(given) or "every article is dropped here"
