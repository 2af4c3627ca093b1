"""Writes the index that the search page loads: a script for each day, with the articles first seen on that day.

A script rather than JSON, because a browser loads it from a disk as well as from a server. An entry stays in the file
of its day when its story has left the edition: the file that exists is read again and extended.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from aggregator import Article
from aggregator.model import Deferred
from aggregator.outputs.article_text import headline
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.page_names import article_page

from .inner import Inner

FOLDER = "search"
DAYS = f"{FOLDER}/days.js"
"""The list of days that have a file."""
MOST_WORDS = 200
"""Characters of a summary that are searched."""
STATED = 1000
"""Characters of a summary as it was received on which these depend."""
LARGEST = 20_000_000
"""Bytes of a file that is read again, at most."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NOT_IN_SCRIPTS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "<": "\\u003c"})

Entry = tuple[str, str, str, str, str]
"""Headline, outlet, time, name of the page, beginning of the summary."""


def search_files(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the files of the index, with the articles of all stories."""
    edition, folder = inner.edition, inner.folder
    days: dict[str, list[Article]] = defaultdict(list)
    for story in inner.stories:
        for article in story.articles:
            seen = article.first_seen.astimezone(UTC)
            days[f"{seen.year:04}-{seen.month:02}-{seen.day:02}"].append(article)
    for day, articles in days.items():
        state = [
            (one.id, one.title, one.summary[:STATED], one.url, one.source, edition.outlet_names.get(one.source.name))
            for one in articles
        ]
        dates = [(one.date, one.first_seen) for one in articles]
        yield f"{FOLDER}/{day}.js", _deferred((state, dates), partial(_day, inner, day, articles))
    listed = sorted({*days, *(path.stem for path in _written(folder))}, reverse=True)
    yield DAYS, _deferred(listed, lambda: _script("days", listed))


def _day(inner: Inner, day: str, articles: list[Article]) -> bytes:
    entries = {entry[3]: entry for entry in _read(inner.folder / FOLDER / f"{day}.js", day)}
    entries |= {entry[3]: entry for entry in (_entry(inner, article) for article in articles)}
    return _script(day, sorted(entries.values(), key=lambda entry: (entry[2], entry[3]), reverse=True))


def _entry(inner: Inner, article: Article) -> Entry:
    date = article.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    name = outlet_name(article.source, inner.edition)
    return headline(article), name, date, article_page(article), inner.summary(article)[:MOST_WORDS]


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


def _deferred(value: Any, render: Callable[[], bytes]) -> Deferred:
    return Deferred(blake2b(msgspec.msgpack.encode(value), digest_size=16).digest(), render)
