"""Reads a folder of feeds, each as a separate outlet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from aggregator import Channel, Http, Item, Outlet, SourceError

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json", ".feed"})


async def folder_of(url: str) -> Path | None:
    """Return the folder of a file: address, or None if the address is not that of a folder."""
    if not url.startswith("file:"):
        return None
    import asyncio
    from urllib.request import url2pathname

    path = Path(url2pathname(urlsplit(url).path))
    return path if await asyncio.to_thread(path.is_dir) else None


async def read_folder(http: Http, folder: Path) -> AsyncIterator[Channel | Item]:
    """Yield the items of all feeds in a folder, ordered by file name, each feed as a separate outlet.

    Raises SourceError, at the end, for files with the suffix of a feed that are not feeds.
    """
    import asyncio

    from aggregator import aside
    from aggregator.feeds.parse import parse

    feed_count, failures = 0, []
    for file in await asyncio.to_thread(_files, folder):
        try:
            response = await http.get(file.as_uri())
            parsed = await aside(parse, response.body, response.url)
            feed_count += 1
            outlet = Outlet(parsed.channel.title or file.stem, parsed.channel.url)
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
    if not feed_count:
        raise SourceError(f"{folder}: contains no feed")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
