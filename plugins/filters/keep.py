"""Keep only the articles that match, and drop the others: one subject out of a broad feed.

    [[filters]]
    plugin = "keep"
    sources = ["Example World"]
    text = "(?i)climate|energy"

Each option is a regular expression (Python's `re`), found anywhere in that part; `(?i)` in front ignores case. An
article is kept if it matches all that are given. `aggregate explain` tells what was dropped, and why.
"""

from __future__ import annotations

from aggregator import Article, Drop, Register, hookimpl

from ._patterns import Author, Source, Summary, Tag, Text, Title, Url, unmatched


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
) -> Article | Drop:
    """Drop the articles that do not match."""
    reason = unmatched(article, title=title, summary=summary, text=text, url=url, author=author, source=source, tag=tag)
    return Drop(reason) if reason else article


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(keep)
