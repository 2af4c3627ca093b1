"""Keeps only the articles that match, and drops the others: one subject out of a broad feed.

    [[filters]]
    plugin = "keep"
    sources = ["Example World"]
    text = "(?i)climate|energy"

Each option is a regular expression (Python's `re`) that is searched in one part of the article; `(?i)` at the start
ignores case. An article is kept if all options match. `where` is an expression, for conditions that patterns cannot
express:

    [[filters]]
    plugin = "keep"
    where = 'not ("sport" in tags) and (image or length > 500)'

`aggregate explain` shows which articles were dropped, and why. Limits: only the first 100,000 characters of a text are
searched.
"""

from __future__ import annotations

from aggregator import Article, Drop, Register, hookimpl

from ._patterns import Author, Source, Summary, Tag, Text, Title, Url, Where, first_mismatch


def keep(  # noqa: PLR0913 - one parameter per option
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
    """Drops the articles that do not match."""
    patterns = dict(title=title, summary=summary, text=text, url=url, author=author, source=source, tag=tag)
    reason = first_mismatch(article, where, **patterns)
    return Drop(reason) if reason else article


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(keep)
