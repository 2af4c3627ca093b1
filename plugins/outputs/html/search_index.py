"""Writes the index that the search page loads: a script for each day, with the articles first seen on that day.

A script rather than JSON, because a browser loads it from a disk as well as from a server. An entry stays in the file
of its day when its story has left the edition: the file that exists is read again and extended.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from aggregator import Article
from aggregator.model import Deferred
from aggregator.outputs.text import headline

FOLDER = "search"
DAYS = f"{FOLDER}/days.js"
"""The list of days that have a file."""
MOST_WORDS = 200
"""Characters of a summary that are searched."""
LARGEST = 20_000_000
"""Bytes of a file that is read again, at most."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NOT_IN_SCRIPTS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "<": "\\u003c"})

Entry = tuple[str, str, str, str, str]
"""Headline, outlet, time, name of the page, beginning of the summary."""


def search_files(articles: Iterable[tuple[Article, str, str]], folder: Path) -> Iterator[tuple[str, Deferred]]:
    """Yield the files of the index. `articles`: each with its outlet and page; `folder`: of the site."""
    days: dict[str, list[Entry]] = defaultdict(list)
    for article, outlet, page in articles:
        seen = article.first_seen.astimezone(UTC)
        day = f"{seen.year:04}-{seen.month:02}-{seen.day:02}"
        date = article.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        days[day].append((headline(article), outlet, date, page, article.summary[:MOST_WORDS]))
    for day, entries in days.items():
        entries.sort(key=lambda entry: (entry[2], entry[3]), reverse=True)
        file = f"{FOLDER}/{day}.js"
        yield file, _deferred(entries, lambda day=day, entries=entries: _day(day, entries, folder))  # type: ignore[misc]
    listed = sorted({*days, *(path.stem for path in _written(folder))}, reverse=True)
    yield DAYS, _deferred(listed, lambda: _script("days", listed))


def _day(day: str, entries: list[Entry], folder: Path) -> bytes:
    kept = {entry[3]: entry for entry in _read(folder / FOLDER / f"{day}.js", day)}
    kept |= {entry[3]: entry for entry in entries}
    ordered = sorted(kept.values(), key=lambda entry: (entry[2], entry[3]), reverse=True)
    return _script(day, ordered)


def _script(name: str, value: Any) -> bytes:
    """Return a call of the function that the search page defines, with a JSON value."""
    body = msgspec.json.encode(value).decode().translate(_NOT_IN_SCRIPTS)
    return f'aggregateSearch("{name}",{body});\n'.encode()


def _written(folder: Path) -> Iterator[Path]:
    """Yield the files of days that exist."""
    try:
        yield from (path for path in (folder / FOLDER).glob("*.js") if _DAY.fullmatch(path.stem))
    except OSError:
        return


def _read(path: Path, day: str) -> list[Entry]:
    """Return the entries of a file that exists; none if it is damaged."""
    try:
        if path.stat().st_size > LARGEST:
            return []
        text = path.read_text(encoding="utf-8")
        entries = text.removeprefix(f'aggregateSearch("{day}",').rstrip().removesuffix(");")
        return msgspec.json.decode(entries, type=list[Entry])
    except (OSError, ValueError, msgspec.DecodeError):
        return []


def _deferred(value: Any, render: Any) -> Deferred:
    return Deferred(blake2b(msgspec.msgpack.encode(value), digest_size=16).digest(), render)
