"""Drop articles by what they say: advertisements, columns you never read, a word you have seen enough of.

    [[filters]]
    plugin = "drop"
    title = "(?i)coupon|promo code"

Each option is a regular expression (Python's `re`), found anywhere in that part; `(?i)` in front ignores case. An
article that matches all that are given is dropped. Without any, everything is dropped that the filter is shown: with
`tags = ["sports"]`, all of sports. `where` is an expression, for what patterns alone cannot say:

    [[filters]]
    plugin = "drop"
    where = 'source == "BBC" and title ~ "(?i)live" or length < 100'

`aggregate explain` tells what was dropped, and why. The first 100,000 characters of a text are searched.
"""

from __future__ import annotations

from aggregator import Article, Drop, Register, hookimpl

from ._patterns import Author, Source, Summary, Tag, Text, Title, Url, Where, matched, unmatched


def drop(  # noqa: PLR0913 - the options of the filter
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
    """Drop the articles that match."""
    patterns = dict(title=title, summary=summary, text=text, url=url, author=author, source=source, tag=tag)
    return article if unmatched(article, where, **patterns) else Drop(matched(where, **patterns))


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(drop)
