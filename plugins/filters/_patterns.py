"""What the filters `drop` and `keep` share: regular expressions, each for one part of an article."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from aggregator import Article
from aggregator.text import plain

Pattern = re.Pattern[str] | None

Title = Annotated[Pattern, Meta(description="Found in its title.")]
Summary = Annotated[Pattern, Meta(description="Found in its summary.")]
Text = Annotated[Pattern, Meta(description="Found in its title, its summary or the text of its content.")]
Url = Annotated[Pattern, Meta(description="Found in its address.")]
Author = Annotated[Pattern, Meta(description="Found in the name of one of its authors.")]
Source = Annotated[Pattern, Meta(description="Found in the name of its outlet.")]
Tag = Annotated[Pattern, Meta(description="Found in one of its tags.")]

_PARTS: dict[str, Callable[[Article], tuple[str, ...]]] = {
    "title": lambda article: (article.title,),
    "summary": lambda article: (article.summary,),
    "text": lambda article: (article.title, article.summary, plain(article.content or "")),
    "url": lambda article: (article.url or "",),
    "author": lambda article: article.authors,
    "source": lambda article: (article.source.name,),
    "tag": lambda article: article.tags,
}


def unmatched(article: Article, **patterns: Pattern) -> str | None:
    """The first pattern that is given and not found, in words; None where each is found. The keywords are the parts."""
    for part, pattern in patterns.items():
        if pattern and not any(map(pattern.search, _PARTS[part](article))):
            return f"{part} does not match {pattern.pattern}"
    return None


def matched(**patterns: Pattern) -> str:
    """The patterns that are given, in words, as the reason of an article that matches them all."""
    given = [f"{part} matches {pattern.pattern}" for part, pattern in patterns.items() if pattern]
    return " and ".join(given) or "every article is dropped here"
