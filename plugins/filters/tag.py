"""Adds and removes tags, for outputs that select by tag and for the filters that follow.

    [[filters]]
    plugin = "tag"
    where = 'title ~ "(?i)climate|energy"'
    add = ["climate"]

    [[filters]]
    plugin = "tag"
    sources = ["A Blog"]
    remove = ["uncategorized", "blog"]

`where` is an expression; without it the filter applies to every article that it receives. `remove` ignores case. A tag
in both lists is added.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from aggregator import Article, Expression, Register, hookimpl

Name = Annotated[str, Meta(pattern=r"\S")]
Add = Annotated[list[Name], Meta(description="Tags to add, after the existing ones.")]
Remove = Annotated[list[Name], Meta(description="Tags to remove.")]
Where = Annotated[Expression | None, Meta(description="Condition for the articles to tag.")]


def tag(article: Article, *, add: Add = [], remove: Remove = [], where: Where = None) -> Article:  # noqa: B006
    """Adds and removes tags."""
    if where and not where.holds(article):
        return article
    new = [name.strip() for name in add]
    unwanted = {name.strip().casefold() for name in (*remove, *new)}
    kept = [name for name in article.tags if name.casefold() not in unwanted]
    return article.replace(tags=tuple(dict.fromkeys([*kept, *new])))


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(tag)
