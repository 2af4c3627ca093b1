"""Checks HTML, CSS and SVG with the Nu HTML checker, which implements the HTML standard: validator.w3.org/nu runs it.

    check_html({"index.html": page, "about/index.html": other, "picture.svg": drawing})

One call starts Java once, about a second and a half: check many files together.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from needed_programs import JAVA, npm_file, program

CHECKER = (
    "--format",
    "json",
    "--exit-zero-always",
    "--stdout",
    "--also-check-css",
    "--also-check-svg",
    "--no-langdetect",
)
# What the checker says of valid documents. Its grammar of CSS lacks what is newer; of a content security policy it
# compares no hashes and knows no origin, as Chromium does: look at the console of the page.
NEW_PROPERTIES = "container|container-type|container-name|view-transition-name|interpolate-size|text-box|line-clamp"
MISTAKEN = re.compile(
    rf"CSS: “({NEW_PROPERTIES})”: Property “\1” doesn't exist"
    r"|CSS: Unrecognized at-rule “@(container|property|starting-style|view-transition)”"
    r"|CSS: .*: Unknown dimension.*\dcq([ibwh]|min|max)\b"
    r"|Inline style violates Content Security Policy .*nonce/hash"
    r"|Resource violates Content Security Policy .*“(?:assets|pictures|\.\.)/.*blocked by"
)


def check_html(pages: Mapping[str, bytes], ignored: Sequence[str] = ()) -> None:
    """Check files, named by path. Raises AssertionError with all errors and warnings, one line each.

    `ignored`: messages that contain one of these texts, such as "“mso-line-height-rule”".
    """
    found = [line for line in html_messages(pages) if not any(text in line for text in ignored)]
    assert not found, "\n".join(["the Nu HTML checker found:", *found])


def html_messages(pages: Mapping[str, bytes]) -> list[str]:
    """Return the errors and warnings of the checker, each with its file and line."""
    jar, java = npm_file("vnu-jar/build/dist/vnu.jar"), program("java")
    with TemporaryDirectory() as folder:
        names = [*_write(Path(folder), pages)]
        command = [java, *JAVA, "-jar", str(jar), *CHECKER, *names]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert done.stdout, done.stderr.decode()
        messages = json.loads(done.stdout)["messages"]
        return [line for message in messages if (line := _line(message, Path(folder).resolve()))]


def _write(folder: Path, pages: Mapping[str, bytes]) -> Iterator[str]:
    for name, body in pages.items():
        path = folder / PurePosixPath(name)
        assert path.suffix in (".html", ".xhtml", ".css", ".svg"), f"{name}: the checker decides by the suffix"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        yield name


def _line(message: Mapping[str, Any], folder: Path) -> str:
    """Return a message as one line; an empty string for information and for what is mistaken."""
    text = " ".join(f"{message['message']}: {message.get('extract', '')}".split())
    if (message["type"] == "info" and message.get("subType") != "warning") or MISTAKEN.search(text):
        return ""
    name = unquote(message.get("url", "").removeprefix("file:")).removeprefix(f"{folder}/")
    kind = message.get("subType", message["type"])
    line = message.get("lastLine", 0) + (not name.endswith(".css"))  # of HTML and XML, it counts lines from zero
    return f"{name}:{line}: {kind}: {text}"
