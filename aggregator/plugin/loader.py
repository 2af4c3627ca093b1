"""Find plugins, and load each on its own.

One loader for the three ways a plugin is found: entry points of the group `aggregator` (the shipped plugins are such),
and files or packages in the folders that the configuration names. A plugin that fails is named, and costs nobody else
anything.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import entry_points
from itertools import groupby
from pathlib import Path
from types import ModuleType

import msgspec

from aggregator.errors import PluginError
from aggregator.plugin.probe import SHIPPED, is_none_wanted
from aggregator.plugin.registry import Registry, failure
from aggregator.plugin.stdout import speaking

LOADING = 20.0
"""Seconds that a plugin may take to be loaded."""
FROM_FILES = "aggregate_plugin_"
"""What the modules of plugin files are called, in front of their own names."""
TESTS = ("test_*.py", "*_test.py", "conftest.py")
"""Files of a plugin folder that are no plugins."""


class Found(msgspec.Struct, frozen=True):
    """A plugin that lies somewhere. `origin`: where; `shipped`: it comes with this program."""

    name: str
    origin: str
    load: Callable[[], ModuleType]
    version: str = ""
    shipped: bool = False


def load_plugins(folders: Sequence[Path]) -> Registry:
    """Every plugin that is installed or lies in `folders`, in a fresh registry; the shipped ones alone where the
    environment says AGGREGATE_PLUGINS=none. Never raises: see `Registry.failures`."""
    registry = Registry()
    found = sorted(_installed(), key=lambda one: (not one.shipped, one.name))
    if is_none_wanted():
        registry.left_out = "AGGREGATE_PLUGINS=none leaves out all but those that ship"
        found = [one for one in found if one.shipped]
    else:
        found += _files(folders)
    for one in found:
        try:
            name = one.origin if one.name in registry.origins else one.name  # a file may be called like another
            registry.add(_load(one), name, one.origin, one.version)
        except PluginError as error:
            registry.failures.append(str(error))
    return registry


def load_file(path: Path) -> Registry:
    """What a plugin file offers, or the folder of a package, and nothing else. Raises PluginError."""
    found = _file(path.absolute())
    if found is None:
        raise PluginError(f"{path}: is no plugin: neither a file that ends with .py, nor a folder with an __init__.py")
    registry = Registry()
    registry.add(_load(found), found.name, found.origin)
    return registry


def forget() -> None:
    """Let go of the modules that came from files, so that they are read anew."""
    for name in [name for name in sys.modules if name.startswith(FROM_FILES)]:
        del sys.modules[name]


def _installed() -> Iterator[Found]:
    for distribution, points in groupby(entry_points(group="aggregator"), lambda point: point.dist):
        metadata = distribution.metadata if distribution else {"Version": ""}  # parsed anew at each look
        for point in points:
            origin = f"{metadata['Name']} {metadata['Version']}" if distribution else point.value
            yield Found(point.name, origin, point.load, metadata["Version"], shipped=point.value.startswith(SHIPPED))


def _files(folders: Iterable[Path]) -> Iterator[Found]:
    for folder in folders:
        if not folder.is_dir():
            yield Found(folder.name, str(folder), partial(_missing, folder))
            continue
        for path in sorted(folder.iterdir()):
            left_out = path.name.startswith("_") or path.name == "tests" or any(map(path.match, TESTS))
            if not left_out and (found := _file(path)):
                yield found


def _file(path: Path) -> Found | None:
    package = path / "__init__.py"
    if path.suffix == ".py" and path.is_file():
        return Found(path.stem, str(path), partial(_load_file, path.stem, path))
    return Found(path.name, str(package), partial(_load_file, path.name, package)) if package.is_file() else None


def _missing(folder: Path) -> ModuleType:
    raise PluginError(f"there is no such folder; make it, or take it out of `plugins` ({folder})")


def _load_file(name: str, path: Path) -> ModuleType:
    module_name = f"{FROM_FILES}{name}"
    packages = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=packages)
    if spec is None or spec.loader is None:
        raise PluginError("this is no Python file")
    module = importlib.util.module_from_spec(spec)
    for stale in [name for name in sys.modules if name.startswith(f"{module_name}.")]:
        del sys.modules[stale]  # of a package of the same name in another folder
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def _load(one: Found) -> ModuleType:
    """The plugin's module. What is not ours has a limited time for it."""
    try:
        return one.load() if one.shipped else _load_in_time(one)
    except TimeoutError:
        raise PluginError(
            f'plugin "{one.name}" ({one.origin}): is not imported after {LOADING:g} s: given up; let the module only '
            "define functions"
        ) from None
    except (Exception, SystemExit) as error:
        raise PluginError(failure(one.name, one.origin, error)) from error


def _load_in_time(one: Found) -> ModuleType:
    from aggregator.runtime.threads import in_time  # with asyncio, which verbs that ask nobody need not pay

    def load() -> ModuleType:
        with speaking(one.name):
            return one.load()

    return in_time(load, LOADING)
