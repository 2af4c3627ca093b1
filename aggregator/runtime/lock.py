"""Lock a store against concurrent runs, until the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import LockedError, StoreError


@contextmanager
def run_lock(store: Path) -> Iterator[None]:
    """Hold the lock of a store: an exclusive `flock` on `STORE.lock`, which the kernel releases when the process ends.

    Raises LockedError while another process holds it, StoreError if the file cannot be created.
    """
    path = store.with_name(store.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be created ({error.strerror}): the store's folder must be writable"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
        os.close(handle)
        other = f"another run (process {holder})" if holder else "another run"
        raise LockedError(f"{store}: locked by {other}; nothing was changed") from None
    try:
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
