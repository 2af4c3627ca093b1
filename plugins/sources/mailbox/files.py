"""Reads mails from a local Maildir or mbox file (RFC 4155), without writing, moving or locking."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from itertools import islice
from pathlib import Path

from aggregator import SourceError

from .mail import MAX_SIZE, MailFilter

MAX_MAILS = 500
"""Mails per run, the newest."""
HEADER_SIZE = 64 * 1024
"""Bytes at the start of a mail that contain its headers."""
MBOX_SIZE = 64 * 1024 * 1024
"""Bytes read from the end of an mbox file."""

_FROM = re.compile(rb"\nFrom [^\n]{1,300}\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_YEAR = re.compile(rb"\b[12]\d{3}\b")


def read_files(path: str, mail_filter: MailFilter) -> Iterator[bytes]:
    """Yield the mails that match, newest first. Raises SourceError."""
    location = Path(path)
    try:
        if (location / "cur").is_dir():
            mails = _maildir(location, mail_filter.oldest.timestamp())
        elif location.is_file():
            mails = _mbox(location)
        else:
            raise SourceError(f"{path}: is neither a Maildir (a folder that contains `cur` and `new`) nor an mbox file")
        matching = (mail for mail in mails if mail_filter.matches(message_from_bytes(mail[:HEADER_SIZE])))
        yield from islice(matching, MAX_MAILS)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


def _maildir(folder: Path, oldest: float) -> Iterator[bytes]:
    files: list[tuple[float, str]] = []
    for part in ("cur", "new"):
        with os.scandir(folder / part) as entries:
            for entry in filter(_is_mail, entries):
                with suppress(FileNotFoundError):  # mail programs move mails from `new` to `cur`
                    files.append((entry.stat().st_mtime, entry.path))
    for modified, name in sorted(files, reverse=True):
        if modified < oldest:
            return
        with suppress(FileNotFoundError), Path(name).open("rb") as file:
            yield file.read(MAX_SIZE)


def _is_mail(entry: os.DirEntry[str]) -> bool:
    """Whether a file is a mail without the flag T (trashed)."""
    flags = entry.name.rpartition(":2,")[2] if ":2," in entry.name else ""
    return entry.is_file(follow_symlinks=False) and not entry.name.startswith(".") and "T" not in flags


def _mbox(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MBOX_SIZE))
        text = file.read(MBOX_SIZE)
    if not text.strip():
        return
    text = b"\n\n" + text
    starts = [match.span() for match in _FROM.finditer(text) if _starts_mail(match)]
    if not starts:
        raise SourceError(f'{path}: is not an mbox file: no line starts with "From "')
    ends = [separator for separator, _ in starts[1:]]
    for (_, start), end in reversed(list(zip(starts, [*ends, len(text)], strict=True))):
        yield _QUOTED.sub(rb"\1", text[start : min(end, start + MAX_SIZE)])


def _starts_mail(line: re.Match[bytes]) -> bool:
    """Whether a From line follows a blank line and contains a year, unlike a sentence that starts with "From"."""
    before = line.string[max(line.start() - 2, 0) : line.start()]
    return (before[-1:] == b"\n" or before == b"\n\r") and _YEAR.search(line[0]) is not None
