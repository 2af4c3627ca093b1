"""Runs the command with a pseudo-terminal of a certain width as its standard output."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path

from forked_python import start_python

_CONTROL = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(folder: Path, columns: int, *arguments: str) -> list[str]:
    """Return the lines that `aggregate ARGUMENTS` prints on a terminal, without styles."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    terminal = Path(os.ttyname(theirs))
    process = start_python("-m", "aggregator", *arguments, folder=folder, output=terminal, errors=terminal)
    text = _read(ours)
    os.close(theirs)  # not before the command has opened it, or the terminal would end
    text += b"".join(iter(lambda: _read(ours), b""))
    assert process.wait() == 0, text
    os.close(ours)
    return _CONTROL.sub("", text.decode()).replace("\r\n", "\n").splitlines()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # EIO: the command has ended
        return b""
