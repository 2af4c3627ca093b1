"""Writes articles as JSON lines, for other programs and for the `jsonl` source of another installation.

    [[outputs]]
    plugin = "jsonl"
    path = "public/articles.jsonl"
    limit = 0                                    # all stories, not only the newest fifty

Each line is an article, with the keys of the article model; `source` is `{"name", "url"}`. Three keys are added:
`story`, the id of its story; `duplicate_of`, the `id` of the article of which it is a copy, or null; and `storyline`,
the id of what ties stories together over weeks, or null. The newest stories come
first, with the articles of a story together and its copies last. `id` is unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from aggregator import Article, Edition, Register, Story, hookimpl


def jsonl(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Writes one article per line as JSON, including copies."""
    yield "", b"".join(_lines(edition))


def _lines(edition: Edition) -> Iterator[bytes]:
    for story in edition.newest:
        yield from (_line(article, story, None) for article in story.articles)
        yield from (_line(copy.article, story, copy.of) for copy in story.copies)


def _line(article: Article, story: Story, duplicate_of: str | None) -> bytes:
    storyline = story.storyline and story.storyline.id
    values = article.exported() | {"story": story.id, "duplicate_of": duplicate_of, "storyline": storyline}
    return msgspec.json.encode(values) + b"\n"


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(jsonl)
