"""Finds a source by its configured name, the title of its feed, or its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from aggregator.config.settings import SourceSettings
from aggregator.errors import ConfigError
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.suggest import did_you_mean


class Named(Protocol):
    """A source with its configured or learned name."""

    @property
    def settings(self) -> SourceSettings: ...

    @property
    def name(self) -> str: ...


S = TypeVar("S", bound=Named)


def matching_sources(name: str, sources: Sequence[S]) -> list[S]:
    """Return the sources with this name, whatever its case, or this address."""
    wanted = name.strip()
    addresses = {wanted, without_feed_scheme(wanted)}
    return [
        source
        for source in sources
        if source.name.casefold() == wanted.casefold()
        or not addresses.isdisjoint((source.settings.url, source.settings.relative_url))
    ]


def find_source(name: str, sources: Sequence[S]) -> S:
    """Return the one source with this name, whatever its case, or this address.

    Raises ConfigError if there is none, or more than one.
    """
    matches = matching_sources(name, sources)
    if len(matches) == 1:
        return matches[0]
    if matches:
        addresses = ", ".join(source.settings.key for source in matches)
        raise ConfigError([f"{name}: {len(matches)} sources have this name; give the address of one: {addresses}"])
    hint = did_you_mean(name.strip(), [source.name for source in sources], "`aggregate sources` lists them")
    raise ConfigError([f"{name}: no source has this name; {hint}"])
