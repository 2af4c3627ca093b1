"""Do something again whenever one of some files changes, as an editor saves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

INTERVAL = 0.2
"""Seconds between two looks at the files."""

Marks = dict[Path, tuple[int, int, int]]


def changes(files: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Now, and again after each change. `files`: those to look at, which may be others each time.

    Editors rename a new file into the place of the old one, or write it in pieces: a file that is missing for a moment
    is no change, and what changes is waited for until it is quiet.
    """
    seen = _marks(files())
    while True:
        yield
        seen = _changed(files, seen)


def _changed(files: Callable[[], Iterable[Path]], seen: Marks) -> Marks:
    while not (now := _marks(files())).items() - seen.items():
        time.sleep(INTERVAL)
    while True:
        time.sleep(INTERVAL)
        if (later := _marks(files())) == now:
            return seen | now
        now = later


def _marks(files: Iterable[Path]) -> Marks:
    """What tells one state of each file from another."""
    found: Marks = {}
    for file in files:
        try:
            state = file.stat()
        except OSError:
            continue
        found[file] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found
