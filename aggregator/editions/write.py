"""Write the files that an output yields: atomically, only if their content changed, never outside its path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from aggregator.errors import AggregateError, OutputError
from aggregator.model import Edition
from aggregator.plugin.diagnostics import failure_line
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.stdout import attribute_output
from aggregator.report import OutputCount
from aggregator.runtime.atomic_write import replace_file
from aggregator.runtime.threads import run_with_timeout

OUTPUT_TIMEOUT = 120.0
"""Seconds that an output plugin that is not shipped may take."""


def emit(plugin: Plugin, edition: Edition, options: dict[str, Any], path: Path, write: bool = True) -> OutputCount:
    """Call the output plugin and write its files; `write=False` only counts the files that would be written.

    Raises OutputError if the plugin fails or a file cannot be written; existing files are intact then.
    """
    count = OutputCount(str(path))
    files = _call(plugin, edition, options, path)  # all of them before the first is written
    for target, body in files:
        if _has_content(target, body):
            count.unchanged += 1
            continue
        if write:
            _replace(target, body)
        count.written += 1
    return count


def _call(plugin: Plugin, edition: Edition, options: dict[str, Any], path: Path) -> list[tuple[Path, bytes]]:
    def make() -> list[tuple[Path, bytes]]:
        with attribute_output(plugin.name):
            return list(_files(plugin, edition, options, path))

    if plugin.is_shipped:
        return make()
    try:
        return run_with_timeout(make, OUTPUT_TIMEOUT)
    except TimeoutError as error:
        raise OutputError(f'plugin "{plugin.name}" ({plugin.origin}): cancelled after {OUTPUT_TIMEOUT:g} s') from error


def _files(plugin: Plugin, edition: Edition, options: dict[str, Any], path: Path) -> Iterator[tuple[Path, bytes]]:
    arguments = {"path": str(path)} if plugin.accepts("path") else {}
    try:
        yielded = plugin.function(edition, **arguments, **options)
        if not isinstance(yielded, Iterable):
            raise TypeError(f"an output must yield (relative path, bytes), not {type(yielded).__name__}")
        for name, body in yielded:
            yield _target(path, name), bytes(body)
    except AggregateError:
        raise
    except (Exception, SystemExit) as error:
        raise OutputError(failure_line(plugin.name, plugin.origin, error)) from error


def _target(path: Path, name: str) -> Path:
    """Return the path of a yielded file. Raises OutputError for a name that leads out of `path`."""
    if not isinstance(name, str) or "\0" in name or "\\" in name:
        raise OutputError(f"{path}: an output yielded the file name {name!r}; it must be a relative path")
    if not name:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder; this output writes one file, so its path must name a file")
        return path
    relative = PurePosixPath(name)
    target = path / relative
    root = path.resolve()
    if relative.is_absolute() or ".." in relative.parts or root not in target.parent.resolve().joinpath("x").parents:
        raise OutputError(f"{path}: an output yielded the file name {name!r}, which leads out of its path")
    return target


def _has_content(target: Path, body: bytes) -> bool:
    try:
        return target.stat().st_size == len(body) and target.read_bytes() == body
    except OSError:
        return False


def _replace(target: Path, body: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, body)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}); the existing file is intact") from error
