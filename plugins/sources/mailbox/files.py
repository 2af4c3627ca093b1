"""Mails in files of this machine: a Maildir, or an mbox file (RFC 4155). Nothing is written, moved or locked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from itertools import islice
from pathlib import Path

from aggregator import SourceError

from .mail import LARGEST, Wanted

MOST = 500
"""Mails a run, the newest."""
HEAD = 64 * 1024
"""Bytes in which the head of a mail surely ends."""
TAIL = 64 * 1024 * 1024
"""Bytes of an mbox file that are read, the last."""

_FROM = re.compile(rb"\nFrom [^\n]{1,300}\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_YEAR = re.compile(rb"\b[12]\d{3}\b")


def read_files(path: str, wanted: Wanted) -> Iterator[bytes]:
    """The mails there that are wanted, the newest first. Raises SourceError."""
    place = Path(path)
    try:
        if (place / "cur").is_dir():
            mails = _maildir(place, wanted.oldest.timestamp())
        elif place.is_file():
            mails = _mbox(place)
        else:
            raise SourceError(f"{path}: is neither a Maildir (a folder with `cur` and `new` in it) nor an mbox file")
        yield from islice((mail for mail in mails if wanted.has(message_from_bytes(mail[:HEAD]))), MOST)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


def _maildir(folder: Path, oldest: float) -> Iterator[bytes]:
    found: list[tuple[float, str]] = []
    for part in ("cur", "new"):
        with os.scandir(folder / part) as entries:
            for one in filter(_is_mail, entries):
                with suppress(FileNotFoundError):  # who reads mail moves it from one to the other
                    found.append((one.stat().st_mtime, one.path))
    for modified, name in sorted(found, reverse=True):
        if modified < oldest:
            return
        with suppress(FileNotFoundError), Path(name).open("rb") as file:
            yield file.read(LARGEST)


def _is_mail(entry: os.DirEntry[str]) -> bool:
    """Whether it is a mail that nobody has thrown away (flag T)."""
    flags = entry.name.rpartition(":2,")[2] if ":2," in entry.name else ""
    return entry.is_file(follow_symlinks=False) and not entry.name.startswith(".") and "T" not in flags


def _mbox(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        text = file.read(TAIL)
    if not text.strip():
        return
    text = b"\n\n" + text
    starts = [found.span() for found in _FROM.finditer(text) if _begins_mail(found)]
    if not starts:
        raise SourceError(f'{path}: is no mbox file: it has no line that begins with "From "')
    ends = [start for start, _ in starts[1:]]
    for (_, begin), end in reversed(list(zip(starts, [*ends, len(text)], strict=True))):
        yield _QUOTED.sub(rb"\1", text[begin : min(end, begin + LARGEST)])


def _begins_mail(line: re.Match[bytes]) -> bool:
    """Whether it follows a blank line and holds a year, as no sentence that begins so does."""
    before = line.string[max(line.start() - 2, 0) : line.start()]
    return (before[-1:] == b"\n" or before == b"\n\r") and _YEAR.search(line[0]) is not None
