"""Checks the files, folders and programs that a configuration names, as they are on this machine now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aggregator.config.found import Found, Table
from aggregator.config.load import unmatched_patterns
from aggregator.config.settings import Config, SourceSettings
from aggregator.plugin.registry import Registry
from aggregator.runtime.program import explain_if_not_startable

PROGRAM_PLUGIN = "command"
"""The source and the output that run a program."""
INTERPRETERS = ("python", "bash", "sh", "dash", "zsh", "node", "ruby", "perl", "php")
"""Programs whose first argument is the file of a script, unless it is an option."""
PATHS_OF_SOURCES = {"jsonl": "path", "mailbox": "path", "page": "path"}
"""Shipped sources with an option that names a local file or folder."""


def check_files(found: Found, config: Config, registry: Registry) -> None:
    """Find problems with folders of plugins, included files, files of sources, programs and the store."""
    for folder in config.plugins:
        if not folder.is_dir():
            reason = "is not a folder" if folder.exists() else "there is no such folder; create it, or remove it here"
            found.error(None, "plugins", [shown_path(folder, config)], reason)
    for pattern in unmatched_patterns(config):
        found.warn(None, "include", pattern, "matches no file")
    _check_store(found, config)
    for source in config.sources:
        if source.enabled:
            _check_source_file(found, source, registry)
    for table, plugin in _programs(config, registry):
        _check_program(found, config, table, plugin)
    if config.after and (reason := explain_if_not_startable(config.after[0], _folder(config))):
        found.error(None, "after", [*config.after], reason)


def shown_path(path: Path, config: Config) -> str:
    """Return a path relative to the folder of the configuration if it is in it."""
    folder = _folder(config)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def unwritable_reason(path: Path) -> str:
    """Return why a file or folder cannot be created or replaced at a path; "" if it can be, as far as can be seen."""
    parent = path.parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        return f"cannot be written: {parent} is a file, not a folder"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"cannot be written: no permission to write in {parent}"
    return ""


def _folder(config: Config) -> Path:
    return Path(os.path.normpath(config.path.absolute().parent))


def _check_store(found: Found, config: Config) -> None:
    store = config.store
    if not isinstance(store, Path):
        return  # the server is asked by no check
    reason = unwritable_reason(store)
    if store.is_dir():
        reason = "is a folder; the store is a file"
    elif store.exists() and not os.access(store, os.R_OK | os.W_OK):
        reason = "cannot be written: no permission"
    if reason:
        found.error(None, "store", shown_path(store, config), reason)


def _check_source_file(found: Found, source: SourceSettings, registry: Registry) -> None:
    plugin = registry.sources.get(source.plugin)
    for key, path in _paths_of(source, is_shipped=plugin is not None and plugin.is_shipped):
        if not path.exists():
            found.warn(source, key, _written(source, key), "there is no such file or folder")
        elif not os.access(path, os.R_OK):
            found.warn(source, key, _written(source, key), "cannot be read: no permission")
        elif path.is_dir() and not any(path.iterdir()):
            found.warn(source, key, _written(source, key), "is an empty folder")


def _paths_of(source: SourceSettings, *, is_shipped: bool) -> Iterator[tuple[str, Path]]:
    if source.is_file:
        yield "url", Path(url2pathname(urlsplit(source.url or "").path))
    option = PATHS_OF_SOURCES.get(source.plugin) if is_shipped else None
    if option and source.options.get(option):
        yield option, Path(str(source.options[option])).expanduser()


def _written(source: SourceSettings, key: str) -> Any:
    """Return the value as it is written in the file."""
    return source.table.get(key, source.options.get(key))


def _programs(config: Config, registry: Registry) -> Iterator[tuple[Table, Mapping[str, Any]]]:
    """Yield the tables that run a program, with their options."""
    kinds = ((registry.sources, config.sources), (registry.outputs, config.outputs))
    for plugins, tables in kinds:
        plugin = plugins.get(PROGRAM_PLUGIN)
        for table in tables:
            is_enabled = not isinstance(table, SourceSettings) or table.enabled
            if table.plugin == PROGRAM_PLUGIN and plugin and plugin.is_shipped and is_enabled:
                yield table, table.options


def _check_program(found: Found, config: Config, table: Table, options: Mapping[str, Any]) -> None:
    run, folder = options.get("run"), _folder(config) / Path(str(options.get("folder", "."))).expanduser()
    if not isinstance(run, list) or not run or not all(isinstance(part, str) for part in run):
        return  # reported as a wrong option
    is_found = "PATH" in (options.get("env") or {}) and "/" not in run[0]  # in another PATH, perhaps
    if not is_found and (reason := explain_if_not_startable(run[0], folder)):
        found.error(table, "run", run, reason)
        return
    script = run[1] if len(run) > 1 and Path(run[0]).name.rstrip("0123456789.") in INTERPRETERS else ""
    if script and not script.startswith("-") and not (folder / script).exists():
        found.error(table, "run", run, f"there is no file {folder / script}")
