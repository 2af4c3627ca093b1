"""Articles from JSON lines: what the `jsonl` output of another installation writes, or any program that can print JSON.

    [[sources]]
    plugin = "jsonl"
    path = "articles.jsonl"          # or url = "https://other.example/articles.jsonl"

A line is an article; its keys are those of the article model (`id`, `url`, `title`, `summary`, `content`, `authors`,
`published`, `tags`, `source`, …); others are passed over. A line that is no article is skipped and counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from aggregator import Http, Reading, Register, SourceError, hookimpl
from aggregator.feeds.jsonl import read_lines


async def jsonl(
    http: Http,
    *,
    path: Annotated[str, Meta(description="A file of this machine.")] = "",
    url: Annotated[str, Meta(description="An address; either this or `path`.")] = "",
) -> AsyncIterator[Reading]:
    """Articles from a file of JSON lines, or from an address that gives them."""
    if bool(path) == bool(url):
        raise SourceError("jsonl: give either `path` or `url`")
    import asyncio

    yield Reading(read_lines, (await http.get(url)).body if url else await asyncio.to_thread(_read, path))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(jsonl)
