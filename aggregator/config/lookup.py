"""Find a source by what people call it: its name, configured or learned, or its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from aggregator.config.settings import SourceSettings
from aggregator.errors import ConfigError
from aggregator.text.suggest import did_you_mean


class Named(Protocol):
    """A source with its name, configured or learned."""

    @property
    def settings(self) -> SourceSettings: ...

    @property
    def name(self) -> str: ...


S = TypeVar("S", bound=Named)


def matching_sources(name: str, sources: Sequence[S]) -> list[S]:
    """Return the sources with this name, whatever its case, or this address."""
    wanted = name.strip()
    return [
        source
        for source in sources
        if source.name.casefold() == wanted.casefold() or wanted in (source.settings.url, source.settings.relative)
    ]


def find_source(name: str, sources: Sequence[S]) -> S:
    """Return the one source with this name, whatever its case, or this address.

    Raises ConfigError if there is none, or more than one.
    """
    found = matching_sources(name, sources)
    if len(found) == 1:
        return found[0]
    if found:
        addresses = ", ".join(source.settings.key for source in found)
        raise ConfigError([f"{name}: {len(found)} sources have this name; give the address of one: {addresses}"])
    hint = did_you_mean(name.strip(), [source.name for source in sources], "`aggregate sources` lists them")
    raise ConfigError([f"{name}: no source has this name; {hint}"])
