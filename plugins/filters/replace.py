r"""Replaces text by regular expressions: a label before each title, a "read more", the host of a mirror.

    [[filters]]
    plugin = "replace"
    title = ['^(?i:sponsored|live): ', '']

    [[filters]]
    plugin = "replace"
    sources = ["A Blog"]
    url = ['^https://mirror\.example/(\d+)', 'https://blog.example/posts/\1']

Each option is a part of the article, with a pattern and its replacement. The pattern is a regular expression (Python's
`re`), and all its matches are replaced; `(?i)` at the start ignores case. In the replacement, `\1` is the text of the
first group and `\g<name>` that of a named group. Several patterns need several filters.

Superfluous white space is removed. Each author and each tag is replaced separately, and removed if the result is empty.
An address stays unchanged if the result is not a valid address. `content` is HTML, and replaced as such.

Limits: a part of more than 100,000 characters stays unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from aggregator import Article, Register, hookimpl
from aggregator.text.patterns import SEARCHED, compile_pattern
from aggregator.text.urls import canonical

Substitution = tuple[re.Pattern[str], str]
"""A pattern and its replacement."""


def _compile(written: tuple[str, str]) -> Substitution:
    """Compile the pattern and check the replacement against it. Raises ValueError."""
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


Option = Annotated[
    Substitution,
    Meta(
        title="a pattern and its replacement such as ['^Live: ', '']",
        extra={"written": tuple[str, str], "read": _compile},
    ),
]
Title = Annotated[Option | None, Meta(description="Applied to the title.")]
Summary = Annotated[Option | None, Meta(description="Applied to the summary.")]
Content = Annotated[Option | None, Meta(description="Applied to the HTML of the content.")]
Url = Annotated[Option | None, Meta(description="Applied to the address.")]
Author = Annotated[Option | None, Meta(description="Applied to the name of each author.")]
Tag = Annotated[Option | None, Meta(description="Applied to each tag.")]


def replace(  # noqa: PLR0913 - one parameter per option
    article: Article,
    *,
    title: Title = None,
    summary: Summary = None,
    content: Content = None,
    url: Url = None,
    author: Author = None,
    tag: Tag = None,
) -> Article:
    """Replaces text by regular expressions."""
    return article.replace(
        title=_replace_line(article.title, title),
        summary=_replace_line(article.summary, summary),
        content=_replace(article.content, content) if article.content else article.content,
        url=canonical(_replace(article.url, url)) or article.url if article.url and url else article.url,
        authors=_replace_names(article.authors, author),
        tags=_replace_names(article.tags, tag),
    )


def _replace(text: str, substitution: Substitution | None) -> str:
    if substitution is None or len(text) > SEARCHED:
        return text
    pattern, replacement = substitution
    return pattern.sub(replacement, text)


def _replace_line(text: str, substitution: Substitution | None) -> str:
    return " ".join(_replace(text, substitution).split()) if substitution else text


def _replace_names(names: Iterable[str], substitution: Substitution | None) -> tuple[str, ...]:
    replaced = (_replace_line(name, substitution) for name in names)
    return tuple(dict.fromkeys(name for name in replaced if name))


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(replace)
