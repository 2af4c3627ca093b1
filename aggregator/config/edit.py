"""Adds, removes and changes sources in a configuration file, and preserves comments, order and line ends.

The file is split into pieces: one for each `[[sources]]` table with the comment above it, others for the text between.
A change edits one piece. tomlkit formats the values only: it would move tables of one name together, and attach the
comment above a table to the table before. The new text is written only if it parses as expected.
"""

from __future__ import annotations

import copy
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
_BLANK_LINES = re.compile(r"(?:[ \t]*+\r?\n)*+")


class Piece(msgspec.Struct):
    """Consecutive lines of the file. `source`: index of their `[[sources]]` table; None: other lines."""

    text: str
    source: int | None = None


def add_sources(path: Path, tables: Sequence[Table]) -> None:
    """Insert `[[sources]]` tables after the last one. Raises ConfigError; the file is unchanged then."""

    def change(pieces: list[Piece]) -> None:
        last = max((n for n, piece in enumerate(pieces) if piece.source is not None), default=len(pieces) - 1)
        before = "".join(piece.text for piece in pieces[: last + 1]).rstrip()
        after = "".join(piece.text for piece in pieces[last + 1 :])
        new = "\n".join(f"[[sources]]\n{to_toml(table)}" for table in tables)
        gap = "\n" if after and not after[0].isspace() else ""
        pieces[:] = [Piece(f"{before}\n\n".lstrip()), Piece(new + gap), Piece(after)]

    _edit(path, change, lambda sources: [*sources, *tables])


def remove_source(path: Path, number: int) -> None:
    """Remove a source and the comment above it. `number`: index of its `[[sources]]` table. Raises ConfigError."""

    def change(pieces: list[Piece]) -> None:
        first = next(n for n, piece in enumerate(pieces) if piece.source == number)
        pieces[:] = [piece for piece in pieces if piece.source != number]
        before = "".join(piece.text for piece in pieces[:first])
        if first < len(pieces) and re.search(r"(\A|\n[ \t]*\r?\n)\Z", before):
            blank = _BLANK_LINES.match(pieces[first].text)
            pieces[first].text = pieces[first].text[blank.end() if blank else 0 :]

    _edit(path, change, lambda sources: sources[:number] + sources[number + 1 :])


def set_enabled(path: Path, number: int, enabled: bool) -> None:
    """Write `enabled = false` into a source, or remove it. `number`: see above. Raises ConfigError."""
    _change_source(path, number, lambda table: table.pop("enabled", None) if enabled else table.update(enabled=False))


def set_name(path: Path, number: int, name: str) -> None:
    """Write the name of a source. `number`: see above. Raises ConfigError."""
    _change_source(path, number, lambda table: table.update(name=name))


def change_tags(path: Path, number: int, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """Add and remove tags of a source, and return those that it has then. `number`: see above. Raises ConfigError."""
    unwanted = {tag.casefold() for tag in remove}
    result: list[str] = []

    def change(table: Any) -> None:
        tags = table.get("tags", [])
        for tag in [tag for tag in tags if str(tag).casefold() in unwanted]:
            tags.remove(tag)
        known = {str(tag).casefold() for tag in tags}
        tags.extend(tag for tag in dict.fromkeys(add) if tag.casefold() not in known)
        if not tags:
            table.pop("tags", None)
        elif "tags" not in table:
            table["tags"] = tags
        result[:] = map(str, tags)

    _change_source(path, number, change)
    return result


def _change_source(path: Path, number: int, change_table: Callable[[Any], object]) -> None:
    """Change one source. `change_table`: changes a dict, or the same table of tomlkit with its comments."""
    import tomlkit

    def change(pieces: list[Piece]) -> None:
        piece = next(piece for piece in pieces if piece.source == number)
        document: Any = tomlkit.parse(piece.text)
        change_table(document["sources"][0])
        piece.text = document.as_string()

    def expect(sources: list[Table]) -> list[Table]:
        table = copy.deepcopy(sources[number])
        change_table(table)
        return [*sources[:number], table, *sources[number + 1 :]]

    _edit(path, change, expect)


def replace_references(path: Path, old: str, new: str) -> bool:
    """Replace the name of a source where filters, outputs and sections select it. Returns whether any did.

    Raises ConfigError.
    """
    import tomlkit

    before = parse(path)
    expected = copy.deepcopy(before)
    _replace_names(expected, old, new)
    if expected == before:
        return False

    def change(pieces: list[Piece]) -> None:
        for piece in pieces:
            if piece.source is None and old.casefold() in piece.text.casefold():
                document: Any = tomlkit.parse(piece.text)
                _replace_names(document, old, new)
                piece.text = document.as_string()

    _rewrite(path, change, lambda _: expected)
    return True


def _replace_names(document: Any, old: str, new: str) -> None:
    tables = [one for kind in ("filters", "outputs") for one in document.get(kind, [])]
    for table in tables:
        names = table.get("sources", [])
        for index, name in enumerate(names):
            if isinstance(name, str) and name.casefold() == old.casefold():
                names[index] = new
    for table in (document, *tables):
        for section in table.get("sections", []):
            if isinstance(section, dict) and str(section.get("source", "")).casefold() == old.casefold():
                section["source"] = new


def add_plugin_folder(path: Path, folder: str) -> None:
    """Add `plugins = [folder]` to a configuration without that key. Raises ConfigError; the file is unchanged then."""
    line = to_toml({"plugins": [folder]}).rstrip()

    def change(pieces: list[Piece]) -> None:
        head = pieces[0].text
        uncommented, count = _COMMENTED_PLUGINS.subn(lambda match: line + match[1], head, count=1)
        pieces[0].text = uncommented if count else f"{head.rstrip()}\n{line}\n\n".lstrip()

    _rewrite(path, change, lambda document: document | {"plugins": [folder]})


def _edit(path: Path, change: Callable[[list[Piece]], None], expect: Callable[[list[Table]], list[Table]]) -> None:
    _rewrite(path, change, lambda document: document | {"sources": expect(document.get("sources", []))})


def _rewrite(path: Path, change: Callable[[list[Piece]], None], expect: Callable[[Table], Table]) -> None:
    before = parse(path)
    text = path.read_bytes().decode("utf-8-sig")
    pieces = _pieces(text)
    try:
        expected: Table = {"sources": []} | expect(before)
        change(pieces)
        changed = "".join(piece.text for piece in pieces).rstrip() + "\n"
        if "\r\n" in text:
            changed = re.sub(r"\r?\n", "\r\n", changed)
        if {"sources": []} | tomllib.loads(changed) != expected:
            raise ValueError
        replace_file(path, changed.encode())
    except (ValueError, StopIteration, IndexError) as error:
        raise ConfigError(
            [f"{path}: [[sources]] is written in a way that cannot be edited automatically; edit it by hand"]
        ) from error
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from error


def _pieces(text: str) -> list[Piece]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    headers = list(_headers(lines))
    begins = [_comment_start(lines, header) for header in headers]
    pieces = [Piece("".join(lines[: begins[0]] if begins else lines))]
    number = -1
    for header, begin, end in zip(headers, begins, [*begins, len(lines)][1:], strict=True):
        table = tomllib.loads(lines[header]).get("sources")
        number += isinstance(table, list)
        source = None if table is None else number
        close = _table_end(lines, header, end)
        if source is not None and pieces[-1].source is None and len(pieces) > 1 and pieces[-2].source == source:
            pieces[-1].source = source  # between a table and its subtables
        pieces += [Piece("".join(lines[begin:close]), source), Piece("".join(lines[close:end]))]
    return pieces


def _headers(lines: Sequence[str]) -> Iterator[int]:
    """Yield the indexes of table headers; lines within multi-line strings and lists are not headers."""
    begin = 0
    for index, line in enumerate(lines):
        if line.lstrip().startswith("[") and _is_complete(lines[begin:index]):
            begin = index
            yield index


def _is_complete(lines: Sequence[str]) -> bool:
    try:
        tomllib.loads("".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _comment_start(lines: Sequence[str], header: int) -> int:
    """Return the index of the first line of the comment directly above a header; without one, of the header."""
    while header and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


def _table_end(lines: Sequence[str], header: int, end: int) -> int:
    """Return the index of the line after a table's last key and the comment directly below that key."""
    close = max(n for n in range(header, end) if lines[n].strip() and not lines[n].lstrip().startswith("#")) + 1
    while close < end and lines[close].lstrip().startswith("#"):
        close += 1
    return close
