"""Finds the sources whose tables in the configuration a verb edits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.scheduling.state import Source


def find_tables(context: Context, names: Iterable[str]) -> list[Source]:
    """Return the sources with these names or addresses, each once, in the order of the names.

    Raises ConfigError for a name that no source has, and for a feed of a subscription list, which has no table.
    """
    from aggregator.config.lookup import find_source
    from aggregator.errors import ConfigError

    candidates = context.known_sources()
    found: dict[tuple[object, ...], Source] = {}
    problems: list[str] = []
    for name in names:
        try:
            source = find_source(name, candidates)
        except ConfigError as error:
            problems += error.problems
            continue
        settings = source.settings
        if settings.number is None:
            where = f"{settings.file}: {settings.where}"
            advice = "is a feed of a subscription list; change it there, or give it a [[sources]] table of its own"
            problems.append(f"{source.name}: {advice} ({where})")
        found[settings.file, settings.number] = source
    if problems:
        raise ConfigError(problems)
    return [*found.values()]


def table_number(source: Source) -> int:
    """Return the index of the source's table among the `[[sources]]` of its file."""
    assert source.settings.number is not None
    return source.settings.number
