"""Writes and deletes the files of copies: each is named after a digest of its bytes, and so never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from aggregator.model.picture import Picture, PictureCopy
from aggregator.pictures.resize import Resized
from aggregator.runtime.atomic_write import replace_file

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


def copy_file(folder: Path, name: str) -> Path:
    """Return the path of a copy: its folder has the first two characters of its name, as that of a Git object."""
    return folder.absolute() / name[:2] / name


def write_copies(folder: Path, url: str, resized: Resized) -> Picture:
    """Write the copies of a picture, and return it. Raises OSError."""
    copies = []
    for one in resized.copies:
        digest = hashlib.blake2b(one.body, digest_size=16).hexdigest()
        name = f"{digest}-{one.width}{_ENDINGS[one.type]}"
        file = copy_file(folder, name)
        if not _has_size(file, len(one.body)):
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, one.body)
        copies.append(PictureCopy(name=name, width=one.width, height=one.height, type=one.type, file=file))
    return Picture(url=url, width=resized.width, height=resized.height, type=resized.type, copies=tuple(copies))


def delete_copies(folder: Path, names: Iterable[str]) -> None:
    """Delete copies, and the folders that are then empty. What cannot be deleted stays."""
    for name in names:
        file = copy_file(folder, name)
        with suppress(OSError):
            file.unlink(missing_ok=True)
            file.parent.rmdir()


def _has_size(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except OSError:
        return False
