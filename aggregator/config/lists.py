"""Replaces subscription lists in files by their feeds: each feed becomes a source with its own state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import UniqueNames
from aggregator.config.values import format_value, holds_secret, problem_line
from aggregator.text.units import format_duration
from aggregator.text.urls import address_key

Table = dict[str, Any]


def expand_list_files(config: Config, folder: Path) -> tuple[Config, list[str]]:
    """Return the configuration with each list in a file replaced by its feeds, and every mistake in these lists.

    `folder`: the folder of the configuration, absolute.
    """
    lists = tuple(source for source in config.sources if source.is_list_file)
    if not lists:
        return config, []
    index = SourceIndex(source for source in config.sources if not source.is_list_file)
    sources: list[SourceSettings] = []
    notes: list[str] = []
    problems: list[str] = []
    for entry in config.sources:
        if not entry.is_list_file:
            sources.append(entry)
            continue
        reader = Reader(list_path(entry, config), {}, folder)
        feeds, skipped = _feeds(entry, reader)
        new = index.add_new(feeds)
        sources += new
        notes += _notes(entry, known=len(feeds) - len(new), skipped=skipped)
        problems += reader.problems
    return msgspec.structs.replace(config, sources=tuple(sources), lists=lists, notes=(*config.notes, *notes)), problems


class SourceIndex:
    """The addresses and names of all sources. A `[[sources]]` table takes precedence over a list, and the first list
    over later ones."""

    def __init__(self, sources: Iterable[SourceSettings]) -> None:
        sources = list(sources)
        self._addresses = {_address_key(source) for source in sources}
        self._names = UniqueNames(source.name for source in sources if source.name)

    def add_new(self, feeds: Iterable[SourceSettings]) -> list[SourceSettings]:
        """Add the feeds whose address is new, and return them, with unique names."""
        new = []
        for feed in feeds:
            if _address_key(feed) in self._addresses:
                continue
            self._addresses.add(_address_key(feed))
            name = self._names.reserve(feed.name, feed.url) if feed.name else None
            new.append(feed if name == feed.name else msgspec.structs.replace(feed, name=name))
        return new


def _address_key(source: SourceSettings) -> str:
    """Return what identifies a source despite different spellings. Faster than comparing canonical URLs."""
    return address_key(source.key)


def apply_list_settings(table: Mapping[str, Any], entry: SourceSettings) -> Table:
    """Return a feed's `[[sources]]` table with the settings of the list's table added. The feed's tags come first."""
    merged = dict(table)
    tags = table.get("tags", [])
    if entry.tags and isinstance(tags, list):
        merged["tags"] = [*tags, *(tag for tag in entry.tags if tag not in tags)]
    if entry.every:
        merged.setdefault("every", format_duration(entry.every))
    return merged | ({} if entry.enabled else {"enabled": False}) | ({} if entry.stories else {"stories": False})


def table_of(source: SourceSettings, config: Config) -> Table:
    """Return the source's table as it would be written in the main configuration file, with its paths adapted."""
    if source.file == config.path:
        return source.table
    table = dict(source.table)
    if source.url and source.url.startswith("file:") and not holds_secret(table["url"]):
        table["url"] = _path_of(source.relative_url or urlsplit(source.url).path)
    if isinstance(table.get("path"), str):
        table["path"] = source.options["path"]
    return table


def list_path(entry: SourceSettings, config: Config) -> Path:
    """Return the path of a list file, in the form that messages use."""
    if entry.relative_url:
        return config.path.parent / _path_of(entry.relative_url)
    return Path(_path_of(urlsplit(entry.url or "").path))


def _path_of(url_path: str) -> str:
    from urllib.request import url2pathname  # and with it the HTTP client of the standard library

    return url2pathname(url_path)


def _feeds(entry: SourceSettings, reader: Reader) -> tuple[list[SourceSettings], int]:
    """Read the feeds of a list, and the number of entries without a valid address. Mistakes are added to the reader."""
    from aggregator.feeds.opml import read_opml  # imports lxml, which only list files need

    try:
        tables, skipped = read_opml(reader.path.read_bytes())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"{error}; it must be a subscription list that a reader exported"
    else:
        return [_feed(apply_list_settings(table, entry), reader) for table in tables], skipped
    reader.problems.append(problem_line(entry.file, entry.where, "url", format_value(entry.table["url"]), problem))
    return [], 0


def _feed(table: Table, reader: Reader) -> SourceSettings:
    """Read a feed as a source. Lists are untrusted: a feed must not use secrets, and must not be a list itself."""
    secrets = [key for key, value in table.items() if holds_secret(value)]
    feed = reader.read_feed({key: value for key, value in table.items() if key not in secrets})
    for key in secrets:
        reason = "a subscription list must not use secrets; give the feed a [[sources]] table"
        reader.report(feed.where, key, format_value(table[key]), reason)
    if feed.is_list_file:
        reason = "a subscription list must not contain another list"
        reader.report(feed.where, "plugin", format_value(feed.plugin), reason)
    return feed


def _notes(entry: SourceSettings, known: int, skipped: int) -> Iterator[str]:
    """Yield messages about entries of a list that were left out, but are not mistakes."""
    if known:
        feeds = f"{known} of its feeds {'is' if known == 1 else 'are'} already configured"
        yield f"{entry.file}: {entry.where}: {feeds}, and left out"
    if skipped:
        entries = f"{skipped} of its entries {'has' if skipped == 1 else 'have'} no valid feed address"
        yield f"{entry.file}: {entry.where}: {entries}"
