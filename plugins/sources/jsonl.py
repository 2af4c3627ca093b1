"""Reads articles from JSON lines, such as the output of `jsonl` in another installation, or of any other program.

    [[sources]]
    plugin = "jsonl"
    path = "articles.jsonl"          # or url = "https://other.example/articles.jsonl"

Each line is an article, with the keys of the article model (`id`, `url`, `title`, `summary`, `content`, `authors`,
`published`, `tags`, `source`, …); other keys are ignored. Lines that are not articles are skipped and counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from aggregator import Http, Reading, Register, SourceError, hookimpl
from aggregator.feeds.jsonl import read_lines

from ._local_file import read_file


async def jsonl(
    http: Http,
    *,
    path: Annotated[str, Meta(description="Path of a local file.")] = "",
    url: Annotated[str, Meta(description="Address; either this or `path`.")] = "",
) -> AsyncIterator[Reading]:
    """Reads articles from JSON lines, in a file or at an address."""
    if bool(path) == bool(url):
        raise SourceError("jsonl: set either `path` or `url`")
    yield Reading(read_lines, (await http.get(url)).body if url else await read_file(path))


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(jsonl)
