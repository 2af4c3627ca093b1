"""Drops articles by patterns or a condition: advertisements, a column, a subject.

    [[filters]]
    plugin = "drop"
    title = "(?i)coupon|promo code"

Each option is a regular expression (Python's `re`) that is searched in one part of the article; `(?i)` at the start
ignores case. An article is dropped if all options match. Without options the filter drops every article that it
receives: with `tags = ["sports"]`, all of sports. `where` is an expression, for conditions that patterns cannot
express:

    [[filters]]
    plugin = "drop"
    where = 'source == "BBC" and title ~ "(?i)live" or length < 100'

`aggregate explain` shows which articles were dropped, and why. Limits: only the first 100,000 characters of a text are
searched.
"""

from __future__ import annotations

from aggregator import Article, Drop, Register, hookimpl

from ._patterns import Author, Source, Summary, Tag, Text, Title, Url, Where, describe_match, first_mismatch


def drop(  # noqa: PLR0913 - one parameter per option
    article: Article,
    *,
    title: Title = None,
    summary: Summary = None,
    text: Text = None,
    url: Url = None,
    author: Author = None,
    source: Source = None,
    tag: Tag = None,
    where: Where = None,
) -> Article | Drop:
    """Drops the articles that match."""
    patterns = dict(title=title, summary=summary, text=text, url=url, author=author, source=source, tag=tag)
    return article if first_mismatch(article, where, **patterns) else Drop(describe_match(where, **patterns))


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(drop)
