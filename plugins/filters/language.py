"""Keep only the articles in some languages.

    [[filters]]
    plugin = "language"
    only = ["en", "pt"]

A language counts with its varieties: "pt" keeps "pt-BR", too, and "pt-BR" keeps only that. It is what the publisher
states, or else what the texts of the source are written in. Where neither is known, the article is dropped, unless
`unknown = true`.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from aggregator import Article, Drop, Register, hookimpl

Tag = Annotated[
    str, Meta(title='language tags such as "en" or "pt-BR"', pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
]
Only = Annotated[list[Tag], Meta(description="The languages that are kept.", min_length=1)]
Unknown = Annotated[bool, Meta(description="Whether articles are kept whose language is not known.")]


def language(article: Article, *, only: Only, unknown: Unknown = False) -> Article | Drop:
    """Drop the articles in other languages."""
    if article.language is None:
        return article if unknown else Drop("its language is not known")
    spoken = f"{article.language}-".casefold()
    if any(spoken.startswith(f"{tag}-".casefold()) for tag in only):
        return article
    return Drop(f"its language is {article.language}")


@hookimpl
def register_filters(register: Register) -> None:
    """Offer it under its own name."""
    register(language)
