"""Which sources there are, by what people call them, and which new ones may be added beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from aggregator.config.load import read_source
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import UniqueNames
from aggregator.config.validate import check
from aggregator.config.values import holds_secret, is_secret
from aggregator.feeds.site_feeds import feed_address
from aggregator.plugin.registry import Registry
from aggregator.text.urls import address_key, canonical

Table = dict[str, Any]


def known_as(url: str, config: Config) -> SourceSettings | None:
    """The source that has this address already."""
    place = _same(url)
    return next((source for source in config.sources if source.url and _same(source.url) == place), None)


def _same(url: str) -> str:
    """What two addresses have in common that lead to the same place, as far as they themselves tell."""
    url = feed_address(url) or url
    return address_key(canonical(url) or url)


def checked(table: Table, config: Config, registry: Registry) -> tuple[SourceSettings, list[str]]:
    """A `[[sources]]` table as this configuration would have it, and every mistake in it."""
    source, problems = read_source(config.path, table)
    alone = msgspec.structs.replace(config, sources=(source,), filters=(), outputs=())
    return source, problems + check(alone, registry)


class Sorted(msgspec.Struct):
    """Tables that were to be added: those that can be, how many are there already, and what is to be said of others."""

    new: list[Table] = []
    known: int = 0
    notes: list[str] = []


def sort_in(tables: Iterable[Table], config: Config, registry: Registry) -> Sorted:
    """Which of these `[[sources]]` tables are new and right, each under a name of its own.

    One that asks for a secret of this machine is paused: the list may come from anywhere.
    """
    done = Sorted()
    places = {_place(source) for source in config.sources}
    names = UniqueNames(source.name for source in config.sources if source.name)
    for table in tables:
        wary = table | {"enabled": False} if holds_secret(table) else table
        source, problems = checked(wary, config, registry)
        if problems:
            done.notes += [f"not imported: {problem}" for problem in problems]
        elif _place(source) in places:
            done.known += 1
        else:
            places.add(_place(source))
            done.new.append(_named(wary, source, names))
            if wary is not table:
                done.notes.append(
                    f'"{source.name or source.key}" takes a secret of this machine: paused; resume it if you trust it'
                )
    return done


def _place(source: SourceSettings) -> str:
    return _same(source.url) if source.url else source.key


def _named(table: Table, source: SourceSettings, names: UniqueNames) -> Table:
    if not source.name or is_secret(table["name"]):
        return table
    return table | {"name": names.reserve(source.name, source.url)}
