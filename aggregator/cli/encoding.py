"""Prints text on terminals and pipes whose encoding lacks characters of it."""

from __future__ import annotations

import codecs
import io
import sys

ESCAPE = "aggregate.escape"


def escape_what_cannot_be_encoded() -> None:
    """Let standard output print characters that its encoding lacks as `\\uXXXX`, as JSON writes them, and not fail."""
    codecs.register_error(ESCAPE, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors=ESCAPE)


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2)), error.end
