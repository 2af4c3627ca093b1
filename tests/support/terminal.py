"""Runs the command with a pseudo-terminal of a certain width as its standard output."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(folder: Path, columns: int, *arguments: str) -> list[str]:
    """Return the lines that `aggregate ARGUMENTS` prints on a terminal, without styles."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "aggregator", *arguments]
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        text = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait() == 0, text
    os.close(ours)
    return _CONTROL.sub("", text.decode()).replace("\r\n", "\n").splitlines()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # EIO: the command has ended
        return b""
