"""Articles from JSON lines: what the `jsonl` output of another installation writes, or any program that can print JSON.

    [[sources]]
    plugin = "jsonl"
    path = "articles.jsonl"          # or url = "https://other.example/articles.jsonl"

A line is an article; its keys are those of the article model (`id`, `url`, `title`, `summary`, `content`, `authors`,
`published`, `tags`, `source`, …); others are passed over. A line that is no article is skipped and counted.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from aggregator import Http, Item, Register, SourceError, hookimpl

_FIELDS = frozenset(Item.__struct_fields__)


async def jsonl(
    http: Http,
    *,
    path: Annotated[str, Meta(description="A file of this machine.")] = "",
    url: Annotated[str, Meta(description="An address; either this or `path`.")] = "",
) -> AsyncIterator[Item | None]:
    """Articles from a file of JSON lines, or from an address that gives them."""
    for line in await _lines(http, path, url):
        if line.strip():
            yield _item(line)


async def _lines(http: Http, path: str, url: str) -> list[bytes]:
    if bool(path) == bool(url):
        raise SourceError("jsonl: give either `path` or `url`")
    if url:
        return list((await http.get(url)).body.split(b"\n"))
    try:
        return Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


def _item(line: bytes) -> Item | None:
    """The item in a line, or None, which the core counts as junk."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    return Item(**{key: value for key, value in fields.items() if key in _FIELDS})


@hookimpl
def register_sources(register: Register) -> None:
    """Offer it under its own name."""
    register(jsonl)
