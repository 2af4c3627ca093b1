"""Subscription lists among the sources: each feed of a list becomes a source of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from aggregator.config.reader import Reader
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import Names
from aggregator.config.values import holds_secret, problem_line, shown
from aggregator.text.units import format_duration
from aggregator.text.urls import address_key

Table = dict[str, Any]


def with_feeds(config: Config, folder: Path) -> tuple[Config, list[str]]:
    """The configuration with the feeds of each list that is a file in its place, and every mistake in these lists.

    `folder`: that of the configuration, absolute.
    """
    lists = tuple(one for one in config.sources if one.is_list_file)
    if not lists:
        return config, []
    taken = Taken(one for one in config.sources if not one.is_list_file)
    sources: list[SourceSettings] = []
    notes: list[str] = []
    problems: list[str] = []
    for entry in config.sources:
        if not entry.is_list_file:
            sources.append(entry)
            continue
        reader = Reader(_path(entry, config), {}, folder)
        feeds, others = _feeds(entry, reader)
        new = taken.take_in(feeds)
        sources += new
        notes += _notes(entry, known=len(feeds) - len(new), others=others)
        problems += reader.problems
    return msgspec.structs.replace(config, sources=tuple(sources), lists=lists, notes=(*config.notes, *notes)), problems


class Taken:
    """What sources there are, so that feeds of lists can be put beside them: a table wins over a list, the first list
    over the second."""

    def __init__(self, sources: Iterable[SourceSettings]) -> None:
        sources = list(sources)
        self._places = {_place(one) for one in sources}
        self._names = Names(one.name for one in sources if one.name)

    def take_in(self, feeds: Iterable[SourceSettings]) -> list[SourceSettings]:
        """Those that are not there yet, each under a name of its own."""
        new = []
        for feed in feeds:
            if _place(feed) in self._places:
                continue
            self._places.add(_place(feed))
            name = self._names.unique(feed.name, feed.url) if feed.name else None
            new.append(feed if name == feed.name else msgspec.structs.replace(feed, name=name))
        return new


def _place(source: SourceSettings) -> str:
    """What two sources have in common that are one, whatever they are called. Quicker than canonical addresses."""
    return address_key(source.key)


def merged(table: Mapping[str, Any], entry: SourceSettings) -> Table:
    """A feed's `[[sources]]` table, with what the entry of its list says of all of them. Its own tags come first."""
    found = dict(table)
    own = table.get("tags", [])
    if entry.tags and isinstance(own, list):
        found["tags"] = [*own, *(tag for tag in entry.tags if tag not in own)]
    if entry.every:
        found.setdefault("every", format_duration(entry.every))
    return found | ({} if entry.enabled else {"enabled": False}) | ({} if entry.stories else {"stories": False})


def table_of(source: SourceSettings, config: Config) -> Table:
    """The source's table as it would stand in the configuration file itself, wherever it stands."""
    if source.file == config.path:
        return source.written
    table = dict(source.written)
    if source.url and source.url.startswith("file:") and not holds_secret(table["url"]):
        table["url"] = url2pathname(source.relative or urlsplit(source.url).path)
    if isinstance(table.get("path"), str):
        table["path"] = source.options["path"]
    return table


def _path(entry: SourceSettings, config: Config) -> Path:
    """The file of a list, as messages name it."""
    if entry.relative:
        return config.path.parent / url2pathname(entry.relative)
    return Path(url2pathname(urlsplit(entry.url or "").path))


def _feeds(entry: SourceSettings, reader: Reader) -> tuple[list[SourceSettings], int]:
    """The feeds of a list, and how many of its entries are none. What is wrong with it is left with the reader."""
    from aggregator.feeds.opml import read_opml  # lxml: only where there is a list

    try:
        tables, others = read_opml(reader.path.read_bytes())
    except OSError as error:
        said = f"cannot be read: {error.strerror}"
    except ValueError as error:
        said = f"{error}; it must be a subscription list that a reader exported"
    else:
        return [_feed(merged(table, entry), reader) for table in tables], others
    reader.problems.append(problem_line(entry.file, entry.label, "url", shown(entry.written["url"]), said))
    return [], 0


def _feed(table: Table, reader: Reader) -> SourceSettings:
    """A feed as a source. Lists come from anywhere: they take nothing from the environment, and hold no lists."""
    secrets = [key for key, value in table.items() if holds_secret(value)]
    feed = reader.feed({key: value for key, value in table.items() if key not in secrets})
    for key in secrets:
        reader.report(feed.label, key, shown(table[key]), "a list may take no secret; give it a [[sources]] table")
    if feed.is_list_file:
        reader.report(feed.label, "plugin", shown(feed.plugin), "a list may hold no other list")
    return feed


def _notes(entry: SourceSettings, known: int, others: int) -> Iterator[str]:
    """What is worth a line, and no mistake."""
    if known:
        said = f"{known} of its feeds {'is' if known == 1 else 'are'} there already, and left out"
        yield f"{entry.file}: {entry.label}: {said}"
    if others:
        said = f"{others} of its entries {'is' if others == 1 else 'are'} no feed address"
        yield f"{entry.file}: {entry.label}: {said}"
