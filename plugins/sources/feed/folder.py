"""A folder of feeds, each an outlet of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aggregator import Channel, Http, Item, Outlet, SourceError

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json", ".feed"})


async def folder_of(url: str) -> Path | None:
    """The folder that an address is of, if it is one of this machine."""
    import asyncio

    if not url.startswith("file:"):
        return None
    path = Path(url2pathname(urlsplit(url).path))
    return path if await asyncio.to_thread(path.is_dir) else None


async def read_folder(http: Http, folder: Path) -> AsyncIterator[Channel | Item]:
    """The items of all feeds in it, in the order of their names, each feed an outlet of its own.

    Raises SourceError, at the end, that names what should be a feed by its name and is none.
    """
    import asyncio

    from aggregator import aside
    from aggregator.feeds.parse import parse

    feeds, failures = 0, []
    for file in await asyncio.to_thread(_files, folder):
        try:
            response = await http.get(file.as_uri())
            parsed = await aside(parse, response.body, response.url)
            outlet, feeds = Outlet(parsed.channel.title or file.stem, parsed.channel.url), feeds + 1
            for item in parsed.items:
                item.source = item.source or outlet
                yield item
            if parsed.flaw:
                raise SourceError(parsed.flaw)
        except (SourceError, TimeoutError) as error:
            if file.suffix.lower() in SUFFIXES:
                failures.append(f"{file.name}: {error or 'could not be read in time'}")
    if failures:
        more = f"; and {len(failures) - 1} more" if len(failures) > 1 else ""
        raise SourceError(f"{folder}: {failures[0]}{more}")
    if not feeds:
        raise SourceError(f"{folder}: holds no feed")


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
