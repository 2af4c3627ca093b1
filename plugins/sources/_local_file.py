"""Reads a local file for a source."""

from __future__ import annotations

from pathlib import Path

from aggregator import SourceError


async def read_file(path: str) -> bytes:
    """Return the content of a file. Raises SourceError if it cannot be read."""
    import asyncio

    try:
        return await asyncio.to_thread(Path(path).read_bytes)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
