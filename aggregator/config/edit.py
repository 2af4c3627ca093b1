"""Change a configuration file, its sources mostly, and nothing else in it: comments, order and line ends stay.

The file is cut into pieces, and a change touches one of them: a `[[sources]]` table with the comment above it. tomlkit
writes the values; given a whole file it would move tables that lie scattered, and take the comment above a table for
the end of the one before. What is to be written must read as the old configuration but for the change.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.load import parse
from aggregator.errors import ConfigError
from aggregator.runtime.atomic_write import replace_file
from aggregator.text.toml import to_toml

Table = dict[str, Any]

_COMMENTED_PLUGINS = re.compile(r"^# ?plugins = \[[^\]\n]*\](.*)$", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")


class Piece(msgspec.Struct):
    """Whole lines of the file. `source`: which of the `[[sources]]` they belong to, from 0; None: something else."""

    text: str
    source: int | None = None


def add_sources(path: Path, tables: Sequence[Table]) -> None:
    """Write `[[sources]]` tables below the last one. Raises ConfigError, and the file is as it was."""

    def change(pieces: list[Piece]) -> None:
        place = max((n for n, piece in enumerate(pieces) if piece.source is not None), default=len(pieces) - 1)
        before = "".join(piece.text for piece in pieces[: place + 1]).rstrip()
        after = "".join(piece.text for piece in pieces[place + 1 :])
        new = "\n".join(f"[[sources]]\n{to_toml(table)}" for table in tables)
        gap = "\n" if after and not after[0].isspace() else ""
        pieces[:] = [Piece(f"{before}\n\n".lstrip()), Piece(new + gap), Piece(after)]

    _edit(path, change, lambda sources: [*sources, *tables])


def remove_source(path: Path, number: int) -> None:
    """Take out a source and the comment above it. `number`: which of the `[[sources]]`, from 0. Raises ConfigError."""

    def change(pieces: list[Piece]) -> None:
        place = next(n for n, piece in enumerate(pieces) if piece.source == number)
        pieces[:] = [piece for piece in pieces if piece.source != number]
        before = "".join(piece.text for piece in pieces[:place])
        if place < len(pieces) and re.search(r"(\A|\n[ \t]*\r?\n)\Z", before):
            pieces[place].text = _BLANK_LINES.sub("", pieces[place].text, count=1)

    _edit(path, change, lambda sources: sources[:number] + sources[number + 1 :])


def set_enabled(path: Path, number: int, enabled: bool) -> None:
    """Pause a source (`enabled = false`) or resume it (no such line). `number`: as above. Raises ConfigError."""
    import tomlkit

    def change(pieces: list[Piece]) -> None:
        piece = next(piece for piece in pieces if piece.source == number)
        document: Any = tomlkit.parse(piece.text)
        table = document["sources"][0]
        table.pop("enabled", None) if enabled else table.update(enabled=False)
        piece.text = document.as_string()

    def expect(sources: list[Table]) -> list[Table]:
        table = sources[number] | {"enabled": False}
        if enabled:
            del table["enabled"]
        return [*sources[:number], table, *sources[number + 1 :]]

    _edit(path, change, expect)


def add_plugin_folder(path: Path, folder: str) -> None:
    """Write `plugins = [folder]` into a configuration that has no such key. Raises ConfigError, and the file is as it
    was."""
    line = to_toml({"plugins": [folder]}).rstrip()

    def change(pieces: list[Piece]) -> None:
        head = pieces[0].text
        changed, found = _COMMENTED_PLUGINS.subn(lambda match: line + match[1], head, count=1)
        pieces[0].text = changed if found else f"{head.rstrip()}\n{line}\n\n".lstrip()

    _rewrite(path, change, lambda document: document | {"plugins": [folder]})


def _edit(path: Path, change: Callable[[list[Piece]], None], expect: Callable[[list[Table]], list[Table]]) -> None:
    _rewrite(path, change, lambda document: document | {"sources": expect(document.get("sources", []))})


def _rewrite(path: Path, change: Callable[[list[Piece]], None], expect: Callable[[Table], Table]) -> None:
    before = parse(path)
    text = path.read_bytes().decode("utf-8-sig")
    pieces = _pieces(text)
    try:
        wanted: Table = {"sources": []} | expect(before)
        change(pieces)
        changed = "".join(piece.text for piece in pieces).rstrip() + "\n"
        if "\r\n" in text:
            changed = re.sub(r"\r?\n", "\r\n", changed)
        if {"sources": []} | tomllib.loads(changed) != wanted:
            raise ValueError
        replace_file(path, changed.encode())
    except (ValueError, StopIteration, IndexError) as error:
        raise ConfigError([f"{path}: its [[sources]] are written in a way that only a person can change"]) from error
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error


def _pieces(text: str) -> list[Piece]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    headers = list(_headers(lines))
    begins = [_with_comment(lines, header) for header in headers]
    pieces = [Piece("".join(lines[: begins[0]] if begins else lines))]
    number = -1
    for header, begin, end in zip(headers, begins, [*begins, len(lines)][1:], strict=True):
        table = tomllib.loads(lines[header]).get("sources")
        number += isinstance(table, list)
        source = None if table is None else number
        close = _close(lines, header, end)
        if source is not None and pieces[-1].source is None and len(pieces) > 1 and pieces[-2].source == source:
            pieces[-1].source = source  # what parts a table from the tables in it
        pieces += [Piece("".join(lines[begin:close]), source), Piece("".join(lines[close:end]))]
    return pieces


def _headers(lines: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that open a table, and are not part of a text or list that goes over several lines."""
    begin = 0
    for number, line in enumerate(lines):
        if line.lstrip().startswith("[") and _is_whole(lines[begin:number]):
            begin = number
            yield number


def _is_whole(lines: Sequence[str]) -> bool:
    try:
        tomllib.loads("".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _with_comment(lines: Sequence[str], header: int) -> int:
    """The first line of the comment that stands right above a header, or the header where there is none."""
    while header and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


def _close(lines: Sequence[str], header: int, end: int) -> int:
    """The line below a table's last key, and below the comment that stands right below that."""
    close = max(n for n in range(header, end) if lines[n].strip() and not lines[n].lstrip().startswith("#")) + 1
    while close < end and lines[close].lstrip().startswith("#"):
        close += 1
    return close
