"""The edition as a readable digest in Markdown (CommonMark): lead, sections, each story with its outlets and links.

    [[outputs]]
    plugin = "markdown"
    path = "public/daily.md"

Texts of sources are escaped, so that a title stays a title whatever signs it holds; links are http and https only.

Limits: summaries only, no pictures, no full texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator import Article, Edition, Register, Story, hookimpl

from ._story import day, headline, legal, moment, others, remaining_sections, reprints, web_address

SPECIAL = re.compile(r"[\\`*_\[\]<&~#]")
LINE_START = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=>]))")
ENTITY = re.compile(r"&(?=#?\w+;)")


def markdown(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """A readable digest in Markdown."""
    yield "", ("\n\n".join(_blocks(legal(edition))) + "\n").encode()


def _blocks(edition: Edition) -> Iterator[str]:
    yield f"# {_plain(edition.title)}"
    if edition.tagline:
        yield f"*{_plain(edition.tagline)}*"
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
        yield f"## {_plain(section.name)}"
        for story in section.stories:
            yield from _story(story, "###")


def _story(story: Story, level: str) -> Iterator[str]:
    article = story.representative
    yield f"{level} {_link(article.url, headline(article))}"
    if article.summary.strip():
        yield _plain(article.summary)
    yield _plain(f"{article.source.name}, {moment(story.published)}")
    yield from _list("Also covered by", others(story))
    yield from _list("Also published by", reprints(story))


def _list(heading: str, articles: tuple[Article, ...]) -> Iterator[str]:
    if articles:
        yield f"{heading}:"
        yield "\n".join(f"- {_plain(one.source.name)}: {_link(one.url, headline(one))}" for one in articles)


def _link(url: str | None, words: str) -> str:
    address = web_address(url)
    return f"[{_plain(words)}]({_destination(address)})" if address else _plain(words)


def _destination(address: str) -> str:
    """An address as a link's destination (CommonMark 0.31, section 6.3): balanced, and free of character references."""
    return ENTITY.sub("&amp;", address.replace("(", "%28").replace(")", "%29"))


def _plain(words: str) -> str:
    """Text as it stands, on one line: nothing in it means anything to Markdown or HTML."""
    escaped = SPECIAL.sub(r"\\\g<0>", " ".join(words.split()))
    return LINE_START.sub(r"\1\\", escaped)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(markdown)
