"""Checks a configuration for conflicts between tables, unknown plugins and wrong options."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from aggregator.config.schema import keys_of, unknown_key
from aggregator.config.settings import LIST_PLUGIN, Config, FilterSettings, OutputSettings, SourceSettings
from aggregator.config.store_address import DatabaseAddress
from aggregator.config.values import format_value, problem_line
from aggregator.errors import PluginError
from aggregator.plugin.plugin import KINDS, Kind, Plugin
from aggregator.plugin.registry import Registry
from aggregator.text.suggest import closest_name, did_you_mean

Table = SourceSettings | FilterSettings | OutputSettings
T = TypeVar("T")


def find_conflicts(config: Config) -> list[str]:
    """Return a message for each name, address or path that two tables share."""
    conflicts = (*_source_conflicts(config.sources), *_output_conflicts(config))
    return [
        problem_line(_file(config, table), table.where, key, value, reason) for table, key, value, reason in conflicts
    ]


def _file(config: Config, table: Table) -> Path:
    return table.file if isinstance(table, SourceSettings) else config.path


def _reference(first: SourceSettings, later: SourceSettings) -> str:
    """Return the label of the first table, with its file if that differs from the later one's."""
    return first.where if first.file == later.file else f"{first.where} in {first.file}"


def _source_conflicts(sources: Sequence[SourceSettings]) -> Iterator[tuple[Table, str, str, str]]:
    for first, later in _duplicates(sources, lambda source: source.name and source.name.casefold()):
        yield later, "name", format_value(later.name), f"is already the name of {_reference(first, later)}"
    for first, later in _duplicates(sources, lambda source: source.url):
        address = format_value(later.relative_url or later.url)
        yield later, "url", address, f"is already the address of {_reference(first, later)}"
    nameless = [source for source in sources if source.plugin and not (source.url or source.name)]
    for first, later in _duplicates(nameless, lambda source: source.plugin):
        reason = f"needs a name, because {_reference(first, later)} has neither name nor url either"
        yield later, "plugin", format_value(later.plugin), reason


def _output_conflicts(config: Config) -> Iterator[tuple[Table, str, str, str]]:
    outputs = [output for output in config.outputs if output.path]
    for first, later in _duplicates(outputs, lambda output: output.path):
        yield later, "path", f'"{later.path}"', f"is already the path of {first.where}"
    for first, later in _duplicates(
        [output for output in config.outputs if not output.path], lambda output: output.key
    ):
        reason = f"needs a label, because {first.where} has neither path nor label either"
        yield later, "plugin", format_value(later.plugin), reason
    reserved = {Path(os.path.normpath(config.path.absolute())): "configuration"}
    if isinstance(config.store, DatabaseAddress):
        reserved[config.store.picture_folder] = "folder of the store's pictures"
    else:
        reserved[config.store] = "store"
    for output in outputs:
        if output.path in reserved:
            yield output, "path", f'"{output.path}"', f"is the {reserved[output.path]}; an output would overwrite it"


def _duplicates(tables: Iterable[T], value_of: Callable[[T], Hashable]) -> Iterator[tuple[T, T]]:
    """Yield (first table, later table) for each repeated value, except None and ""."""
    first: dict[Hashable, T] = {}
    for table in tables:
        value = value_of(table)
        if value and first.setdefault(value, table) is not table:
            yield first[value], table


def check(config: Config, registry: Registry, *, lenient: bool = False) -> list[str]:
    """Return a message for each unknown plugin, wrong option and unknown source name.

    `lenient`: if plugins failed to load, accept missing ones; each fails alone when it is used.
    """
    tables: dict[Kind, Sequence[Table]] = {
        "source": (*config.sources, *config.lists),
        "filter": config.filters,
        "output": config.outputs,
    }
    problems = [
        line
        for kind in KINDS
        for table in tables[kind]
        if registry.find(kind, table.plugin) or not (lenient and registry.missing_reason)
        for line in _check_table(config, kind, table, registry)
    ]
    return problems + list(_unknown_sources(config))


def _check_table(config: Config, kind: Kind, table: Table, registry: Registry) -> Iterator[str]:
    plugin = registry.find(kind, table.plugin)
    if plugin is None:
        if table.plugin:
            reason = _unknown_plugin(kind, table.plugin, registry)
            yield problem_line(_file(config, table), table.where, "plugin", format_value(table.plugin), reason)
        return
    if isinstance(table, OutputSettings) and table.path is None and plugin.writes_files:
        allowed = keys_of(OutputSettings)["path"].allowed
        yield problem_line(_file(config, table), table.where, "path", "", f"is needed: {allowed}")
    try:
        for key, value, allowed in _wrong_options(plugin, table):
            found = "{ env = … }" if key in table.secrets else format_value(value) if key in table.options else ""
            yield problem_line(_file(config, table), table.where, key, found, allowed)
    except PluginError as error:
        yield problem_line(_file(config, table), table.where, "plugin", format_value(table.plugin), str(error))


def _wrong_options(plugin: Plugin, table: Table) -> Iterator[tuple[str, Any, str]]:
    """Yield (option, its value, what is allowed)."""
    known = {option.name for option in plugin.options}
    for key, value in table.options.items():
        if key not in known:
            yield key, value, unknown_key(key, {*known, *keys_of(type(table))})
    values = {key: value for key, value in table.options.items() if key in known}
    if isinstance(table, SourceSettings) and table.url and "url" in known:
        values["url"] = table.url
    for problem in plugin.convert(values)[1]:
        if problem.key == "url" and isinstance(table, SourceSettings) and not {"url", "plugin"} & table.table.keys():
            continue  # reported when the file was read
        yield problem.key, values.get(problem.key), problem.allowed


def _unknown_plugin(kind: Kind, name: str, registry: Registry) -> str:
    if registry.disabled_reason:
        return f"is not loaded: {registry.disabled_reason}"
    if failure := registry.failure_of(name):
        return f"could not be loaded: {failure.message}"
    others = [other for other in KINDS if name in registry.of_kind(other)]
    if others:
        return f"is not {_a(kind)} {kind} plugin, but {_a(others[0])} {others[0]} plugin"
    return f"unknown {kind} plugin; {did_you_mean(name, sorted(registry.of_kind(kind)))}"


def _a(word: str) -> str:
    return "an" if word.startswith("o") else "a"


def _unknown_sources(config: Config) -> Iterator[str]:
    """Report unknown names in `sources`, unless a source may have a name that is still to be learned."""
    names = {source.name.casefold(): source.name for source in config.sources if source.name}
    if len(names) < len(config.sources) or any(source.plugin == LIST_PLUGIN for source in config.sources):
        return
    selecting: list[FilterSettings | OutputSettings] = [*config.filters, *config.outputs]
    for table in selecting:
        for name in table.sources:
            if name.casefold() not in names:
                closest = closest_name(name, names.values())
                hint = f'; did you mean "{closest}"?' if closest else ""
                allowed = f"no source has this name{hint}"
                yield problem_line(config.path, table.where, "sources", format_value(name), allowed)
