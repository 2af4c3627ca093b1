"""Put a file in the place of another so that no reader ever sees half of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, body: bytes) -> None:
    """Write it whole beside the old one, then rename. A link stays one; the old file's mode is kept. Raises OSError."""
    target = path.resolve()
    # One name for all attempts: what a killed run leaves, the next one writes over.
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
