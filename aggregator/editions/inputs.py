"""The files that an output depends on: its module, its templates, and what its options name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.plugin.plugin import Plugin

LONGEST_PATH = 1000
"""Characters of an option that may be a path."""
MOST_FILES = 1000
"""Files in a folder that an option names."""


def input_files(plugin: Plugin, options: Mapping[str, Any], folder: Path) -> list[Path]:
    """Return the files beside the module of a shipped output, and those that options name, relative to `folder`."""
    module = sys.modules.get(plugin.module) if plugin.is_shipped else None
    source = getattr(module, "__file__", None)
    return [*(_files_in(Path(source).parent) if source else ()), *_named_files(options.values(), folder)]


def stat_all(files: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    """Yield each file with its size and the time of its last change."""
    for file in files:
        status = file.stat()
        yield str(file), status.st_size, status.st_mtime_ns


def _named_files(values: Iterable[Any], folder: Path) -> Iterator[Path]:
    for value in values:
        text = str(value) if isinstance(value, str | Path) else ""
        if text and len(text) < LONGEST_PATH and "\0" not in text:
            path = (folder / text).resolve()
            if path != folder and path not in folder.parents:  # those contain the outputs themselves
                yield from islice(_files_in(path), MOST_FILES)


def _files_in(path: Path) -> Iterator[Path]:
    """Yield the files in a folder, without compiled code; a file itself."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and file.suffix != ".pyc":
            yield file
