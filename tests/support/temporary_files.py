"""Puts the temporary files of the tests into memory, where no commit of a store waits for the disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30
"""Bytes of it that have to be free; in containers it often has 64 MB only."""


def folder_in_memory() -> Path | None:
    """Return the folder of a file system in memory, if this machine has one that is usable and large enough."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > NEEDED else None


def keep_temporary_files_in_memory() -> None:
    """Let this process, and those that it starts, create temporary files in memory, unless TMPDIR says where."""
    folder = folder_in_memory()
    if folder and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
