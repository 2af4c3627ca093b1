"""Writes an archive anew so that its bytes depend on the names and contents of its files only."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path


def write_normal_archive(source: Path, target: Path, epoch: int) -> None:
    """Copy a tar.gz with sorted members, one date, no owner, and only the permission to execute kept."""
    with (
        tarfile.open(source) as old,
        target.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            normal = tarfile.TarInfo(member.name)
            normal.type, normal.size, normal.mtime = member.type, member.size, epoch
            normal.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(normal, old.extractfile(member) if member.isfile() else None)
