r"""Replace what a regular expression finds: a label before every title, a "read more", the host of a mirror.

    [[filters]]
    plugin = "replace"
    title = ['^(?i:sponsored|live): ', '']

    [[filters]]
    plugin = "replace"
    sources = ["A Blog"]
    url = ['^https://mirror\.example/(\d+)', 'https://blog.example/posts/\1']

Each option is a part of an article, with a pattern and what stands in its place. The pattern is a regular expression
(Python's `re`), and replaced wherever it is found; `(?i)` in front ignores case. `\1` in the replacement is what the
first group found, `\g<name>` what the group of that name found. For several patterns write several filters.

White space that is left over goes. Of authors and tags each is looked at, and those that come out empty go, too. An
address that would come out as none stays as it was. `content` is HTML, and replaced as such. A part of more than
100,000 characters stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Register, hookimpl
from aggregator.text.patterns import SEARCHED, compile_pattern
from aggregator.text.urls import canonical

Change = tuple[re.Pattern[str], str]


def _change(written: tuple[str, str]) -> Change:
    """The pattern, and a replacement that is known to fit. Raises ValueError."""
    pattern, replacement = written
    try:
        compiled = compile_pattern(pattern)
    except re.error as error:
        raise ValueError(f"the pattern must be a regular expression ({error})") from error
    try:
        compiled.sub(replacement, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"the replacement does not fit the pattern ({error})") from error
    return compiled, replacement


Replaced = Annotated[
    Change,
    Meta(
        title="a pattern and its replacement such as ['^Live: ', '']",
        extra={"written": tuple[str, str], "read": _change},
    ),
]
Title = Annotated[Replaced | None, Meta(description="In its title.")]
Summary = Annotated[Replaced | None, Meta(description="In its summary.")]
Content = Annotated[Replaced | None, Meta(description="In the HTML of its content.")]
Url = Annotated[Replaced | None, Meta(description="In its address.")]
Author = Annotated[Replaced | None, Meta(description="In the name of each author.")]
Tag = Annotated[Replaced | None, Meta(description="In each tag.")]


def replace(  # noqa: PLR0913 - the options of the filter
    article: Article,
    *,
    title: Title = None,
    summary: Summary = None,
    content: Content = None,
    url: Url = None,
    author: Author = None,
    tag: Tag = None,
) -> Article:
    """Replace patterns in parts of articles."""
    return article.replace(
        title=_tidied(article.title, title),
        summary=_tidied(article.summary, summary),
        content=_replaced(article.content, content) if article.content else article.content,
        url=canonical(_replaced(article.url, url)) or article.url if article.url and url else article.url,
        authors=_each(article.authors, author),
        tags=_each(article.tags, tag),
    )


def _replaced(text: str, change: Change | None) -> str:
    if change is None or len(text) > SEARCHED:
        return text
    pattern, replacement = change
    return pattern.sub(replacement, text)


def _tidied(text: str, change: Change | None) -> str:
    return " ".join(_replaced(text, change).split()) if change else text


def _each(names: Iterable[str], change: Change | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in names if (name := _tidied(each, change))))


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(replace)
