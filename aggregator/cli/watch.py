"""Waits for changes of files, for `aggregate preview --watch` and `aggregate serve`."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path

INTERVAL = 0.2
"""Seconds between two polls of the files."""

States = dict[Path | str, Hashable]


def changes(files: Callable[[], Iterable[Path]], other: Callable[[], Hashable] = lambda: None) -> Iterator[None]:
    """Yield at once, and again after each change. `files`: returns the files to watch; `other`: a value whose changes
    count as well, as that of a database, None while it is not known. Both are called at each poll.

    Editors replace a file by renaming, or write it in parts: a missing file does not count as a change, and after a
    change the files must stay the same for one interval.
    """

    def states() -> States:
        value = other()
        return _states(files()) | ({} if value is None else {"other": value})

    known = states()
    while True:
        yield
        known = _wait_for_change(states, known)


def _wait_for_change(states: Callable[[], States], known: States) -> States:
    while not (current := states()).items() - known.items():
        time.sleep(INTERVAL)
    while True:
        time.sleep(INTERVAL)
        if (later := states()) == current:
            return known | current
        current = later


def _states(files: Iterable[Path]) -> States:
    """Return modification time, size and inode of each file that exists."""
    states: States = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue
        states[file] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return states
