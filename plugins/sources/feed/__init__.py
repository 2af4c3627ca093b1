"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1; over the web, from a file, or from a folder
of files.

    [[sources]]
    url = "https://feeds.example/world.xml"

Broken feeds are read as far as they go: wrong charsets, text before the XML, control characters, undeclared
entities, files that were cut off. A web page is no feed; `aggregate add` finds the feed behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aggregator import Channel, Item, SourceError, hookimpl


async def feed(http: Any, *, url: str) -> AsyncIterator[Channel | Item]:
    """A feed, as its publisher offers it: RSS, Atom or JSON Feed."""
    import asyncio  # 50 ms, which the command line's start need not pay

    for address in await asyncio.to_thread(_files, url) if url.startswith("file:") else [url]:
        for part in await _read(http, address):
            yield part


async def _read(http: Any, url: str) -> list[Channel | Item]:
    import asyncio

    from .parse import parse

    response = await http.get(url)
    # Parsing a large feed takes a while: it must not hold up the other sources.
    parsed = await asyncio.to_thread(parse, response.body, response.url, response.headers.get("Content-Type", ""))
    return [parsed.channel, *parsed.items]


def _files(url: str) -> list[str]:
    """A folder's files, in the order of their names; a file is itself."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    path = Path(url2pathname(urlsplit(url).path))
    if not path.is_dir():
        return [url]
    files = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
    if not files:
        raise SourceError(f"{path}: holds no files")
    return [one.as_uri() for one in files]


@hookimpl
def register_sources(register: Any) -> None:
    """Offer it under its own name."""
    register(feed)
