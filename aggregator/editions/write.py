"""Write the files that an output yields: atomically, only if their content changed, never outside its path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from aggregator.delivery.types import Delivery
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


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call of an output plugin. `arguments`: options, and what the core supplies; `label`: names it in messages."""

    plugin: Plugin
    arguments: dict[str, Any]
    path: Path | None = None
    label: str = ""


def emit(plugin: Plugin, edition: Edition, options: dict[str, Any], path: Path, write: bool = True) -> OutputCount:
    """Call an output plugin that delivers nothing, and write its files; see `run_output` and `write_files`."""
    made = run_output(Call(plugin=plugin, arguments=options, path=path, label=str(path)), edition)
    return write_files(made, str(path), write)


class Made(msgspec.Struct, frozen=True):
    """What an output plugin yielded."""

    files: list[tuple[Path, bytes]]
    deliveries: list[Delivery]


def write_files(made: Made, label: str, write: bool = True) -> OutputCount:
    """Write the files of an output; `write=False` only counts the files that would be written.

    Raises OutputError if a file cannot be written; the existing one is intact then.
    """
    count = OutputCount(label)
    for target, body in made.files:
        if _has_content(target, body):
            count.unchanged += 1
            continue
        if write:
            _replace(target, body)
        count.written += 1
    return count


def run_output(call: Call, edition: Edition) -> Made:
    """Call an output plugin and return all that it yields. Raises OutputError if it fails."""
    plugin = call.plugin

    def make() -> Made:
        with attribute_output(plugin.name):
            return _made(call, edition)

    if plugin.is_shipped:
        return make()
    try:
        return run_with_timeout(make, OUTPUT_TIMEOUT)
    except TimeoutError as error:
        raise OutputError(f'plugin "{plugin.name}" ({plugin.origin}): cancelled after {OUTPUT_TIMEOUT:g} s') from error


def _made(call: Call, edition: Edition) -> Made:
    plugin, made = call.plugin, Made([], [])
    arguments = {"path": str(call.path) if call.path else None} if plugin.accepts("path") else {}
    try:
        yielded = plugin.function(edition, **arguments, **call.arguments)
        if not isinstance(yielded, Iterable):
            raise TypeError(f"an output must yield (relative path, bytes), not {type(yielded).__name__}")
        for one in yielded:
            if isinstance(one, Delivery):
                made.deliveries.append(_checked(one, plugin))
            else:
                name, body = one
                made.files.append((_target(call.path, name, call.label), bytes(body)))
    except AggregateError:
        raise
    except (Exception, SystemExit) as error:
        raise OutputError(failure_line(plugin.name, plugin.origin, error)) from error
    return made


def _checked(delivery: Delivery, plugin: Plugin) -> Delivery:
    """Return a delivery whose fields have the right types. Raises TypeError for any other."""
    if plugin.deliver is None:
        raise TypeError("yields a Delivery, but has no deliver function: register(function, deliver=send)")
    try:
        return msgspec.convert(msgspec.structs.asdict(delivery), Delivery, strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise TypeError(f"yields an invalid Delivery: {error}") from error


def _target(path: Path | None, name: str, label: str) -> Path:
    """Return the path of a yielded file. Raises OutputError for a name that leads out of `path`."""
    if path is None:
        raise OutputError(f"{label}: the output writes files, so it needs a `path`")
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
