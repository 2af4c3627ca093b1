"""Keeps only the articles in some languages.

    [[filters]]
    plugin = "language"
    only = ["en", "pt"]

A language includes its regional variants: "pt" also keeps "pt-BR", whereas "pt-BR" keeps only that. The language of an
article is the one that the publisher states, or else the one detected in the texts of the source. Articles in an
unknown language are dropped, unless `unknown = true`.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from aggregator import Article, Drop, Register, hookimpl

Tag = Annotated[
    str, Meta(title='language tags such as "en" or "pt-BR"', pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
]
Only = Annotated[list[Tag], Meta(description="Languages to keep.", min_length=1)]
Unknown = Annotated[bool, Meta(description="Keep articles whose language is unknown.")]


def language(article: Article, *, only: Only, unknown: Unknown = False) -> Article | Drop:
    """Drops the articles in other languages."""
    if article.language is None:
        return article if unknown else Drop("its language is unknown")
    own_tag = f"{article.language}-".casefold()
    if any(own_tag.startswith(f"{tag}-".casefold()) for tag in only):
        return article
    return Drop(f"its language is {article.language}")


@hookimpl
def register_filters(register: Register) -> None:
    """Register the filter."""
    register(language)
