"""Finds plugins and loads each in isolation: one that fails is recorded, and does not affect the others.

Plugins are entry points of the group `aggregator`, the shipped ones among them, and files or packages in the folders
that the configuration lists in `plugins`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points
from itertools import groupby
from pathlib import Path
from types import ModuleType

import msgspec

from aggregator.errors import PluginError
from aggregator.plugin.diagnostics import failure_line
from aggregator.plugin.plugin import KINDS
from aggregator.plugin.probe import SHIPPED, is_third_party_disabled
from aggregator.plugin.registry import Failure, Load, Registry, ShippedPlugin
from aggregator.plugin.stdout import attribute_output

LOAD_TIMEOUT = 20.0
"""Seconds that importing a third-party plugin may take."""
MODULE_PREFIX = "aggregate_plugin_"
"""Prefix of the module names of plugin files."""
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
"""Files of a plugin folder that are not plugins."""


class Candidate(msgspec.Struct, frozen=True):
    """A plugin module to load. `origin`: its package and version, or its path; `module`: that of an entry point."""

    name: str
    origin: str
    load: Load
    version: str = ""
    module: str = ""

    @property
    def shipped(self) -> ShippedPlugin | None:
        """The plugin of a module that is part of this program, whose path names it: "…sources.feed"."""
        if not self.module.startswith(SHIPPED):
            return None
        folder, _, name = self.module.removeprefix(SHIPPED).partition(".")
        kind = next(kind for kind in KINDS if folder == f"{kind}s")
        return ShippedPlugin(kind, name, self.name, self.origin, self.version, partial(_load, self))


def load_plugins(folders: Sequence[Path]) -> Registry:
    """Load all installed plugins and those in `folders` into a new registry; each shipped one when it is asked for.

    Only shipped ones if the environment has AGGREGATE_PLUGINS=none. Never raises: see `Registry.failures`.
    """
    registry = Registry()
    third_party: list[Candidate] = []
    for candidate in sorted(_installed(), key=lambda one: one.name):
        if shipped := candidate.shipped:
            registry.add_shipped(shipped)
        else:
            third_party.append(candidate)
    if is_third_party_disabled():
        registry.disabled_reason = "AGGREGATE_PLUGINS=none disables all plugins except the shipped ones"
    else:
        _add_third_party(registry, [*third_party, *_in_folders(folders)])
    return registry


def _add_third_party(registry: Registry, candidates: Iterable[Candidate]) -> None:
    for candidate in candidates:
        is_name_taken = registry.is_provider(candidate.name)  # files in two folders may have one name
        try:
            name = candidate.origin if is_name_taken else candidate.name
            registry.add(_load(candidate), name, candidate.origin, candidate.version)
        except PluginError as error:
            registry.failures.append(Failure(candidate.name, str(error)))


def load_file(path: Path) -> Registry:
    """Load one plugin file, or the folder of a package, into a new registry. Raises PluginError."""
    candidate = _in_path(path.absolute())
    if candidate is None:
        raise PluginError(
            f"{path}: is not a plugin: neither a file that ends with .py, nor a folder with an __init__.py"
        )
    registry = Registry()
    registry.add(_load(candidate), candidate.name, candidate.origin)
    return registry


def unload_files() -> None:
    """Remove the modules of plugin files from `sys.modules`, so that the next load reads the files again."""
    for name in [name for name in sys.modules if name.startswith(MODULE_PREFIX)]:
        del sys.modules[name]


def _installed() -> Iterator[Candidate]:
    for distribution, points in groupby(entry_points(group="aggregator"), lambda point: point.dist):
        metadata = distribution.metadata if distribution else {"Version": ""}  # parsed anew at each access
        for point in points:
            origin = f"{metadata['Name']} {metadata['Version']}" if distribution else point.value
            yield Candidate(point.name, origin, point.load, metadata["Version"], point.module)


def _in_folders(folders: Iterable[Path]) -> Iterator[Candidate]:
    for folder in folders:
        if not folder.is_dir():
            yield Candidate(folder.name, str(folder), partial(_missing, folder))
            continue
        yield from _candidates(folder)


def plugin_paths(folder: Path) -> list[Path]:
    """Return the plugin files and packages directly in a folder, as `plugins = ["FOLDER"]` loads them."""
    return [Path(candidate.origin) for candidate in _candidates(folder)]


def _candidates(folder: Path) -> Iterator[Candidate]:
    for path in sorted(folder.iterdir()):
        ignored = path.name.startswith("_") or path.name == "tests" or any(map(path.match, TEST_FILES))
        if not ignored and (candidate := _in_path(path)):
            yield candidate


def _in_path(path: Path) -> Candidate | None:
    package = path / "__init__.py"
    if path.suffix == ".py" and path.is_file():
        return Candidate(path.stem, str(path), partial(_load_file, path.stem, path))
    return Candidate(path.name, str(package), partial(_load_file, path.name, package)) if package.is_file() else None


def _missing(folder: Path) -> ModuleType:
    raise PluginError(f"there is no such folder; create it, or remove it from `plugins` ({folder})")


def _load_file(name: str, path: Path) -> ModuleType:
    module_name = f"{MODULE_PREFIX}{name}"
    packages = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=packages)
    if spec is None or spec.loader is None:
        raise PluginError("this is not a Python file")
    module = importlib.util.module_from_spec(spec)
    for stale in [name for name in sys.modules if name.startswith(f"{module_name}.")]:
        del sys.modules[stale]  # of a package of the same name in another folder
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def _load(candidate: Candidate) -> ModuleType:
    """Import the plugin module, a third-party one with a time limit. Raises PluginError."""
    try:
        return candidate.load() if candidate.module.startswith(SHIPPED) else _load_in_time(candidate)
    except TimeoutError:
        raise PluginError(
            f'plugin "{candidate.name}" ({candidate.origin}): its import did not end within {LOAD_TIMEOUT:g} s; '
            "let the module only define functions"
        ) from None
    except (Exception, SystemExit) as error:
        raise PluginError(failure_line(candidate.name, candidate.origin, error)) from error


def _load_in_time(candidate: Candidate) -> ModuleType:
    from aggregator.runtime.threads import run_with_timeout

    def load() -> ModuleType:
        with attribute_output(candidate.name):
            return candidate.load()

    return run_with_timeout(load, LOAD_TIMEOUT)
