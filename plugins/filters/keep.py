"""Keep only the articles that match, and drop the others: one subject out of a broad feed.

    [[filters]]
    plugin = "keep"
    sources = ["Example World"]
    text = "(?i)climate|energy"

Each option is a regular expression (Python's `re`), found anywhere in that part; `(?i)` in front ignores case. An
article is kept if it matches all that are given. `where` is an expression, for what patterns alone cannot say:

    [[filters]]
    plugin = "keep"
    where = 'not ("sport" in tags) and (image or length > 500)'

`aggregate explain` tells what was dropped, and why. The first 100,000 characters of a text are searched.
"""

from __future__ import annotations

from aggregator import Article, Drop, Register, hookimpl

from ._patterns import Author, Source, Summary, Tag, Text, Title, Url, Where, unmatched


def keep(  # noqa: PLR0913 - the options of the filter
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
    """Drop the articles that do not match."""
    patterns = dict(title=title, summary=summary, text=text, url=url, author=author, source=source, tag=tag)
    reason = unmatched(article, where, **patterns)
    return Drop(reason) if reason else article


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(keep)
