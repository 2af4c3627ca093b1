"""Ask for a feed, or for all feeds of a folder, and hand on what they hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aggregator import Channel, Item, Outlet, SourceError

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json", ".feed"})


async def read_feed(http: Any, url: str) -> AsyncIterator[Channel | Item]:
    """What a feed says of itself, and its items. Raises SourceError for what is no feed."""
    from aggregator import aside  # 50 ms, which the command line's start need not pay

    from .parse import parse

    response = await http.get(url)
    # Parsing takes a while: it must not hold up the other sources.
    parsed = await aside(parse, response.body, response.url, response.headers.get("Content-Type", ""))
    yield parsed.channel
    for item in parsed.items:
        yield item


async def folder_of(url: str) -> Path | None:
    """The folder that an address is of, if it is one of this machine."""
    import asyncio

    if not url.startswith("file:"):
        return None
    path = Path(url2pathname(urlsplit(url).path))
    return path if await asyncio.to_thread(path.is_dir) else None


async def read_folder(http: Any, folder: Path) -> AsyncIterator[Channel | Item]:
    """The items of all feeds in it, in the order of their names, each feed an outlet of its own.

    Raises SourceError, at the end, that names what should be a feed by its name and is none.
    """
    import asyncio

    feeds, failures = 0, []
    for file in await asyncio.to_thread(_files, folder):
        outlet = None
        try:
            async for part in read_feed(http, file.as_uri()):
                if isinstance(part, Channel):
                    outlet, feeds = Outlet(part.title or file.stem, part.url), feeds + 1
                else:
                    part.source = part.source or outlet
                    yield part
        except SourceError as error:
            if file.suffix.lower() in SUFFIXES:
                failures.append(f"{file.name}: {error}")
    if failures:
        more = f"; and {len(failures) - 1} more" if len(failures) > 1 else ""
        raise SourceError(f"{folder}: {failures[0]}{more}")
    if not feeds:
        raise SourceError(f"{folder}: holds no feed")


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
