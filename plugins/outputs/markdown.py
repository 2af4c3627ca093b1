"""Writes the edition as a digest in Markdown (CommonMark): lead story, sections, and each story with outlets and links.

    [[outputs]]
    plugin = "markdown"
    path = "public/daily.md"

Texts of sources are escaped, so that none of their characters is interpreted as markup. Links are http and https only.

Limits: summaries only, without images and full texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator import Article, Edition, Register, Story, hookimpl
from aggregator.outputs.text import day, headline, legal, moment, others, remaining_sections, reprints, web_address

SPECIAL_CHARACTER = re.compile(r"[\\`*_\[\]<&~#]")
LINE_START = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=>]))")
ENTITY = re.compile(r"&(?=#?\w+;)")


def markdown(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Writes a digest in Markdown."""
    yield "", ("\n\n".join(_blocks(legal(edition))) + "\n").encode()


def _blocks(edition: Edition) -> Iterator[str]:
    yield f"# {_escaped(edition.title)}"
    if edition.tagline:
        yield f"*{_escaped(edition.tagline)}*"
    if not edition.stories:
        yield "There is no news yet."
    else:
        yield day(edition.date)
        yield from _news(edition)
    if edition.sources:
        yield "## Sources"
        yield "\n".join(f"- {_link(outlet.url, outlet.name)}" for outlet in edition.sources)


def _news(edition: Edition) -> Iterator[str]:
    lead = edition.stories[0]
    yield from _story(lead, "##")
    for section in remaining_sections(edition, [lead]):
        yield f"## {_escaped(section.name)}"
        for story in section.stories:
            yield from _story(story, "###")


def _story(story: Story, level: str) -> Iterator[str]:
    article = story.representative
    yield f"{level} {_link(article.url, headline(article))}"
    if article.summary.strip():
        yield _escaped(article.summary)
    yield _escaped(f"{article.source.name}, {moment(story.published)}")
    yield from _list("Also covered by", others(story))
    yield from _list("Also published by", reprints(story))


def _list(heading: str, articles: tuple[Article, ...]) -> Iterator[str]:
    if articles:
        yield f"{heading}:"
        yield "\n".join(f"- {_escaped(item.source.name)}: {_link(item.url, headline(item))}" for item in articles)


def _link(url: str | None, text: str) -> str:
    address = web_address(url)
    return f"[{_escaped(text)}]({_destination(address)})" if address else _escaped(text)


def _destination(address: str) -> str:
    """Escape an address for a link destination (CommonMark 0.31, section 6.3): parentheses and character references."""
    return ENTITY.sub("&amp;", address.replace("(", "%28").replace(")", "%29"))


def _escaped(text: str) -> str:
    """Escape text for one line of Markdown, so that no part of it is markup."""
    escaped = SPECIAL_CHARACTER.sub(r"\\\g<0>", " ".join(text.split()))
    return LINE_START.sub(r"\1\\", escaped)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(markdown)
