"""Waits for changes of files, for `aggregate preview --watch`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

INTERVAL = 0.2
"""Seconds between two polls of the files."""

FileStates = dict[Path, tuple[int, int, int]]


def changes(files: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Yield at once, and again after each change. `files`: returns the files to watch; called at each poll.

    Editors replace a file by renaming, or write it in parts: a missing file does not count as a change, and after a
    change the files must stay the same for one interval.
    """
    known = _states(files())
    while True:
        yield
        known = _wait_for_change(files, known)


def _wait_for_change(files: Callable[[], Iterable[Path]], known: FileStates) -> FileStates:
    while not (current := _states(files())).items() - known.items():
        time.sleep(INTERVAL)
    while True:
        time.sleep(INTERVAL)
        if (later := _states(files())) == current:
            return known | current
        current = later


def _states(files: Iterable[Path]) -> FileStates:
    """Return modification time, size and inode of each file that exists."""
    states: FileStates = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue
        states[file] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return states
