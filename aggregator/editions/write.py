"""Write the files that an output yields: atomically, only if their content changed, never outside its path."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from aggregator.errors import AggregateError, OutputError
from aggregator.model import Deferred, Edition
from aggregator.model.delivery import Delivery
from aggregator.plugin.diagnostics import failure_line
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.stdout import attribute_output
from aggregator.report import OutputCount
from aggregator.runtime.atomic_write import replace_file
from aggregator.runtime.threads import run_with_timeout
from aggregator.store import WrittenFile

OUTPUT_TIMEOUT = 120.0
"""Seconds that an output plugin that is not shipped may take."""
MAX_PATH, MAX_DELIVERY_KEY = 2000, 1000
"""Bytes of the path of a file, and of the key and the recipient of a delivery, which the store indexes."""

WriteFile = Callable[[Path, bytes], None]
"""Writes one file of an output. Raises OutputError."""


def replace_output(target: Path, body: bytes) -> None:
    """Write a file of an output atomically, and create its folder. Raises OutputError."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, body)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}); the existing file is intact") from error


class Emission(msgspec.Struct, frozen=True):
    """What an output yielded. `count`: of its files; `files`: each of them as it is on disk, by absolute path."""

    count: OutputCount
    files: dict[str, WrittenFile]


def _ignore(deliveries: Sequence[Delivery]) -> None:
    """Keep no deliveries."""


class OutputCall(msgspec.Struct, frozen=True, kw_only=True):
    """How to call an output. `supplied`: arguments for parameters that the core supplies, if the function has them;
    `label`: names it in messages; `keep`: called with the deliveries that it yields, before a file is written."""

    plugin: Plugin
    options: dict[str, Any]
    path: Path | None
    supplied: dict[str, Any] = {}
    label: str = ""
    keep: Callable[[Sequence[Delivery]], None] = _ignore

    @property
    def location(self) -> str:
        """Its path, or what it is called."""
        return str(self.path or self.label)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the function."""
        supplied = {"path": str(self.path) if self.path else None, **self.supplied}
        return {name: value for name, value in supplied.items() if self.plugin.accepts(name)} | self.options


def emit(
    call: OutputCall,
    edition: Edition,
    known: Mapping[str, WrittenFile] | None = None,
    *,
    write: WriteFile | None = replace_output,
) -> Emission:
    """Call the output plugin and write its files; `write=None` only counts the files that would be written.

    `known`: the files as the last run left them; a deferred file is rendered if it differs. Raises OutputError if the
    plugin fails or a file cannot be written; existing files are intact then.
    """
    count, files = OutputCount(call.location), dict[str, WrittenFile]()
    made = _call(call, edition, known or {})  # all are rendered before the first is written
    call.keep([one for one in made if isinstance(one, Delivery)])
    for target, body, digest in (one for one in made if not isinstance(one, Delivery)):
        if body is None or _has_content(target, body):
            count.unchanged += 1
        else:
            count.written += 1
            if write:
                write(target, body)
        if (file := stat_file(target, digest)) is not None:
            files[str(target)] = file
    return Emission(count, files)


def stat_file(path: Path, digest: bytes | None = None) -> WrittenFile | None:
    """Return a file as it is on disk; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return WrittenFile(status.st_size, status.st_mtime_ns, digest)


def remove_outdated(before: Mapping[str, WrittenFile], now: Mapping[str, WrittenFile], kind: str) -> None:
    """Remove the files of a kind (".xml") that an output has yielded before but does not yield now.

    Only if they are as it wrote them. Files of other kinds, such as pictures, stay: readers may still show them.
    """
    for path in before.keys() - now.keys():
        if Path(path).suffix == kind and stat_file(Path(path), before[path].digest) == before[path]:
            with suppress(OSError):
                Path(path).unlink()


def are_intact(files: Mapping[str, WrittenFile]) -> bool:
    """Return whether all these files are still as they were written."""
    return all(stat_file(Path(path), file.digest) == file for path, file in files.items())


Rendered = tuple[Path, bytes | None, bytes | None]
"""A file to write: its path, its content (None if the file has it already), and the digest of a deferred file."""


def _call(call: OutputCall, edition: Edition, known: Mapping[str, WrittenFile]) -> list[Rendered | Delivery]:
    plugin = call.plugin

    def make() -> list[Rendered | Delivery]:
        with attribute_output(plugin.name):
            return list(_files(call, edition, known))

    if plugin.is_shipped:
        return make()
    try:
        return run_with_timeout(make, OUTPUT_TIMEOUT)
    except TimeoutError as error:
        raise OutputError(f'plugin "{plugin.name}" ({plugin.origin}): cancelled after {OUTPUT_TIMEOUT:g} s') from error


def _files(call: OutputCall, edition: Edition, known: Mapping[str, WrittenFile]) -> Iterator[Rendered | Delivery]:
    try:
        yielded = call.plugin.function(edition, **call.arguments())
        if not isinstance(yielded, Iterable):
            raise TypeError(f"an output must yield (relative path, bytes), not {type(yielded).__name__}")
        for one in yielded:
            if isinstance(one, Delivery):
                yield _checked(one, call.plugin)
            else:
                name, content = one
                yield _render(_target(call.path, name, call.label), content, known)
    except AggregateError:
        raise
    except (Exception, SystemExit) as error:
        raise OutputError(failure_line(call.plugin.name, call.plugin.origin, error)) from error


def _checked(delivery: Delivery, plugin: Plugin) -> Delivery:
    """Return a delivery whose fields have the right types. Raises TypeError for any other."""
    if plugin.deliver is None:
        raise TypeError("yields a Delivery, but has no deliver function: register(function, deliver=send)")
    try:
        delivery = msgspec.convert(msgspec.structs.asdict(delivery), Delivery, strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise TypeError(f"yields an invalid Delivery: {error}") from error
    for name in ("key", "recipient"):
        if (size := len(getattr(delivery, name).encode())) > MAX_DELIVERY_KEY:
            raise TypeError(
                f"yields a Delivery whose {name} has {size:,} bytes; at most {MAX_DELIVERY_KEY} are allowed"
            )
    return delivery


def _render(target: Path, content: bytes | Deferred, known: Mapping[str, WrittenFile]) -> Rendered:
    if not isinstance(content, Deferred):
        return target, bytes(content), None
    before = known.get(str(target))
    if before and before.digest == content.digest and stat_file(target, before.digest) == before:
        return target, None, content.digest
    return target, content.render(), content.digest


def _target(path: Path | None, name: str, label: str) -> Path:
    """Return the path of a yielded file. Raises OutputError for a name that leads out of `path`.

    An output whose path is a file, such as `feed.xml`, has the folder of the same name for further files: `feed/`.
    """
    if path is None:
        raise OutputError(f"{label}: the output writes files, so it needs a `path`")
    if not isinstance(name, str) or "\0" in name or "\\" in name:
        raise OutputError(f"{path}: an output yielded the file name {name!r}; it must be a relative path")
    if not name:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder; this output writes one file, so its path must name a file")
        return path
    relative = PurePosixPath(name)
    path = path.with_suffix("") if path.suffix and not path.is_dir() else path
    target = path / relative
    root = path.resolve()
    if relative.is_absolute() or ".." in relative.parts or root not in target.parent.resolve().joinpath("x").parents:
        raise OutputError(f"{path}: an output yielded the file name {name!r}, which leads out of its path")
    if len(os.fsencode(target)) > MAX_PATH:
        raise OutputError(f"{str(target)[:100]}…: an output yielded a path with more than {MAX_PATH} bytes")
    return target


def _has_content(target: Path, body: bytes) -> bool:
    try:
        return target.stat().st_size == len(body) and target.read_bytes() == body
    except OSError:
        return False
