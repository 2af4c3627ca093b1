"""Replace files atomically: readers see the old content or the new, never a part."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def create_file(path: Path, text: str) -> None:
    """Write a new file, and remove it again if it cannot be completed. Raises OSError, FileExistsError among them."""
    with path.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise


def replace_file(path: Path, body: bytes) -> None:
    """Write a temporary file in the same folder, then rename it. Follows links; keeps the mode. Raises OSError.

    Anything but a file, such as /dev/stdout or a FIFO, is written to instead: a rename would remove it.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(body)
        return
    target = path.resolve()
    # One name for all attempts: the next run overwrites what a killed one left behind.
    part = target.with_name(f".{target.name[:200]}.part")
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            part.chmod(target.stat().st_mode & 0o7777)
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
