"""Give articles tags, or take tags from them: for outputs that select by tag, and for the filters that follow.

    [[filters]]
    plugin = "tag"
    where = 'title ~ "(?i)climate|energy"'
    add = ["climate"]

    [[filters]]
    plugin = "tag"
    sources = ["A Blog"]
    remove = ["uncategorized", "blog"]

`where` is an expression; without it, every article is tagged that the filter is shown. A tag to be removed is found
whatever its case. What is in both lists is there afterwards.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from aggregator import Article, Expression, Register, hookimpl

Name = Annotated[str, Meta(pattern=r"\S")]
Add = Annotated[list[Name], Meta(description="The tags it gets, after those it has.")]
Remove = Annotated[list[Name], Meta(description="The tags it loses.")]
Where = Annotated[Expression | None, Meta(description="Holds for the articles that are tagged.")]


def tag(article: Article, *, add: Add = [], remove: Remove = [], where: Where = None) -> Article:  # noqa: B006
    """Add and remove tags."""
    if where and not where.holds(article):
        return article
    new = [name.strip() for name in add]
    unwanted = {name.strip().casefold() for name in (*remove, *new)}
    kept = [name for name in article.tags if name.casefold() not in unwanted]
    return article.replace(tags=tuple(dict.fromkeys([*kept, *new])))


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(tag)
