"""Tells what a user typed: an address on the web without its scheme, the path of a file, or a name."""

from __future__ import annotations

import ipaddress
import os
import re
from itertools import islice
from pathlib import Path

from aggregator.text.suggest import closest_name

_HOST = re.compile(r"(?:[^\s/?#@]*@)?(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\]+)(:\d{1,5})?(?=[/?#]|\Z)", re.IGNORECASE)
_FILE_SUFFIXES = frozenset(
    "atom cfg conf csv db gz htm html ini json jsonl log ndjson opml rdf rss sqlite toml txt xhtml xml yaml yml".split()
)
"""Endings of file names, none of which is a top-level domain."""
_MOST_NEIGHBOURS = 5000


def begins_with_host(text: str) -> bool:
    """Return whether a text without a scheme may begin with a host: a name with a dot, a port, an IP address, or
    "localhost". The name of a file ("feed.xml", "../feed.xml") is none.

    >>> begins_with_host("example.org/feed"), begins_with_host("nosuch"), begins_with_host("samples/feed.xml")
    (True, False, False)
    """
    match = _HOST.match(text)
    if not match:
        return False
    host, port = match[1].rstrip(".") or ".", match[2]
    labels = host.split(".")
    if not all(labels) or (not port and "/" in text and path_exists(match[1])):
        return False
    if port or host.startswith("[") or host.casefold() == "localhost":
        return True
    if labels[-1].isdigit():
        return _is_ip_address(host)
    return len(labels) > 1 and labels[-1].casefold() not in _FILE_SUFFIXES


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_path(text: str) -> bool:
    """Return whether a text is written as the path of a file, which need not exist: "/a", "../a", "~/a", "a.xml"."""
    if "://" in text:
        return False
    start = text.partition("/")[0]
    return ("/" in text and not begins_with_host(text)) or (
        text == start and text.rpartition(".")[2].casefold() in _FILE_SUFFIXES and "." in text
    )


def file_urls(path: str) -> set[str]:
    """Return the "file:" URLs of a path, whether or not there is a file: with symbolic links, and without."""
    try:
        expanded = Path(path).expanduser()
        return {Path(os.path.normpath(expanded.absolute())).as_uri(), expanded.resolve().as_uri()}
    except (OSError, RuntimeError, ValueError):
        return set()


def path_exists(path: str) -> bool:
    """Return whether there is a file or folder with this path. False for what cannot be a path."""
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def file_like(path: str) -> str | None:
    """Return the path of the file beside a missing one whose name is most like it; None if none is close."""
    try:
        folder = Path(path).expanduser().parent
        names = [file.name for file in islice(folder.iterdir(), _MOST_NEIGHBOURS)]
    except (OSError, RuntimeError, ValueError):
        return None
    before, slash, name = path.rpartition("/")
    closest = closest_name(name, names)
    return f"{before}{slash}{closest}" if closest else None
