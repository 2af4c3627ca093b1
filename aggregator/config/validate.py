"""What can be wrong with a configuration beyond the form of single values: clashes, and what the plugins say."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from aggregator.config.schema import keys_of, unknown_key
from aggregator.config.settings import LIST, Config, FilterSettings, OutputSettings, SourceSettings
from aggregator.config.values import problem_line, shown
from aggregator.errors import PluginError
from aggregator.plugin.plugin import KINDS, Kind, Plugin
from aggregator.plugin.registry import Registry
from aggregator.text.suggest import closest_name, did_you_mean

Table = SourceSettings | FilterSettings | OutputSettings
T = TypeVar("T")


def clashes(config: Config) -> list[str]:
    """What two tables want at once: a name, an address, a file."""
    return [
        problem_line(_file(config, later), later.label, key, found, said)
        for later, key, found, said in (*_source_clashes(config.sources), *_output_clashes(config))
    ]


def _file(config: Config, table: Table) -> Path:
    return table.file if isinstance(table, SourceSettings) else config.path


def _named(first: SourceSettings, later: SourceSettings) -> str:
    """How the later one's file calls the first."""
    return first.label if first.file == later.file else f"{first.label} in {first.file}"


def _source_clashes(sources: Sequence[SourceSettings]) -> Iterator[tuple[Table, str, str, str]]:
    for first, later in _alike(sources, lambda one: one.name and one.name.casefold()):
        yield later, "name", shown(later.name), f"is the name of {_named(first, later)} already"
    for first, later in _alike(sources, lambda one: one.url):
        yield later, "url", shown(later.relative or later.url), f"is the address of {_named(first, later)} already"
    nameless = [one for one in sources if one.plugin and not (one.url or one.name)]
    for first, later in _alike(nameless, lambda one: one.plugin):
        said = f"needs a name, as {_named(first, later)} has neither name nor url either"
        yield later, "plugin", shown(later.plugin), said


def _output_clashes(config: Config) -> Iterator[tuple[Table, str, str, str]]:
    outputs = [one for one in config.outputs if one.path.is_absolute()]
    for first, later in _alike(outputs, lambda one: one.path):
        yield later, "path", f'"{later.path}"', f"is where {first.label} writes already"
    taken = {Path(os.path.normpath(config.path.absolute())): "configuration", config.store: "store"}
    for one in outputs:
        if one.path in taken:
            yield one, "path", f'"{one.path}"', f"is the {taken[one.path]}; an output would overwrite it"


def _alike(tables: Iterable[T], of: Callable[[T], Hashable]) -> Iterator[tuple[T, T]]:
    """(the first, a later one) for all that have the same value, None and "" aside."""
    first: dict[Hashable, T] = {}
    for one in tables:
        value = of(one)
        if value and first.setdefault(value, one) is not one:
            yield first[value], one


def check(config: Config, registry: Registry, *, lenient: bool = False) -> list[str]:
    """What is wrong with the plugins that the configuration names, and with their options; a line for each mistake.

    `lenient`: that one is not there is none where some could not be loaded: it fails when it is used, and alone.
    """
    tables: dict[Kind, Sequence[Table]] = {
        "source": (*config.sources, *config.lists),
        "filter": config.filters,
        "output": config.outputs,
    }
    lenient = lenient and bool(registry.missing_reason)
    problems = [
        line
        for kind in KINDS
        for one in tables[kind]
        if not (lenient and one.plugin not in registry.of_kind(kind))
        for line in _check_table(config, kind, one, registry)
    ]
    return problems + list(_unknown_sources(config))


def _check_table(config: Config, kind: Kind, table: Table, registry: Registry) -> Iterator[str]:
    plugin = registry.of_kind(kind).get(table.plugin)
    if plugin is None:
        if table.plugin:
            said = _unknown_plugin(kind, table.plugin, registry)
            yield problem_line(_file(config, table), table.label, "plugin", shown(table.plugin), said)
        return
    try:
        for key, value, said in _wrong_options(plugin, table):
            found = "{ env = … }" if key in table.secrets else shown(value) if key in table.options else ""
            yield problem_line(_file(config, table), table.label, key, found, said)
    except PluginError as error:
        yield problem_line(_file(config, table), table.label, "plugin", shown(table.plugin), str(error))


def _wrong_options(plugin: Plugin, table: Table) -> Iterator[tuple[str, Any, str]]:
    """(option, its value, what is allowed)."""
    known = {option.name for option in plugin.options}
    for key, value in table.options.items():
        if key not in known:
            yield key, value, unknown_key(key, {*known, *keys_of(type(table))})
    values = {key: value for key, value in table.options.items() if key in known}
    if isinstance(table, SourceSettings) and table.url and "url" in known:
        values["url"] = table.url
    for problem in plugin.convert(values)[1]:
        yield problem.key, values.get(problem.key), problem.allowed


def _unknown_plugin(kind: Kind, name: str, registry: Registry) -> str:
    if registry.disabled_reason:
        return f"is not loaded: {registry.disabled_reason}"
    if failure := registry.failure_of(name):
        return f"could not be loaded: {failure.message}"
    others = [other for other in KINDS if name in registry.of_kind(other)]
    if others:
        return f"is no {kind} plugin, but {_a(others[0])} {others[0]}"
    return f"unknown {kind} plugin; {did_you_mean(name, sorted(registry.of_kind(kind)))}"


def _a(word: str) -> str:
    return "an" if word.startswith("o") else "a"


def _unknown_sources(config: Config) -> Iterator[str]:
    """Selections by a source that there is not; only where the configuration names every source can that be known."""
    names = {one.name.casefold(): one.name for one in config.sources if one.name}
    if len(names) < len(config.sources) or any(one.plugin == LIST for one in config.sources):
        return
    selecting: list[FilterSettings | OutputSettings] = [*config.filters, *config.outputs]
    for table in selecting:
        for name in table.sources:
            if name.casefold() not in names:
                closest = closest_name(name, names.values())
                hint = f'; did you mean "{closest}"?' if closest else ""
                yield problem_line(config.path, table.label, "sources", shown(name), f"no source has this name{hint}")
