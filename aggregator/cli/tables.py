"""Lays out tables for terminals of any width: one line a row, and only the last column is cut."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

import click

from aggregator.text.plain import printable
from aggregator.text.secrets import redact

GAP = "  "
LAST_COLUMN = 30
"""Characters that the last column should have by default; other columns are left out for it."""
INDENT = 4


class Column(NamedTuple):
    """A column of a table. `rank`: on a narrow terminal, the columns of the highest rank are left out first, those of
    rank 0 never; `right`: align its cells to the right."""

    heading: str
    rank: int = 0
    right: bool = False


def terminal_width() -> int | None:
    """Return the width of the terminal; None if standard output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], last: int = LAST_COLUMN) -> None:
    """Print a table. On a terminal, the last column is cut where the line ends; in a pipe, nothing is.

    `last`: characters that the last column should have.
    """
    for line in table_lines(columns, rows, last):
        click.echo(line)


def table_lines(columns: Sequence[Column], rows: Iterable[Sequence[str]], last: int = LAST_COLUMN) -> Iterator[str]:
    """Yield the headings, and then a line for each row; see `print_table`."""
    width = terminal_width()
    cells = [tuple(redact(printable(cell)) for cell in row) for row in rows]
    shown = _shown(columns, cells, width, last)
    layout = _Layout([columns[number] for number in shown], [tuple(row[n] for n in shown) for row in cells])
    yield _heading(layout.line(tuple(columns[number].heading for number in shown), width))
    for row in layout.rows:
        yield layout.line(row, width)


def print_wrapped_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose last column is wrapped on a terminal; below the others if there is no room beside them."""
    width = terminal_width()
    layout = _Layout(columns, [tuple(redact(printable(cell)) for cell in row) for row in rows])
    click.echo(_heading(layout.line(tuple(column.heading for column in columns), width)))
    for row in layout.rows:
        if width is None:
            click.echo(layout.line(row, None))
            continue
        is_beside = width - layout.start >= LAST_COLUMN
        indent = layout.start if is_beside else INDENT
        first, *rest = wrap(row[-1], max(width - indent, LAST_COLUMN)) or [""]
        if is_beside:
            click.echo(layout.line((*row[:-1], first), width))
        else:
            click.echo(layout.line((*row[:-1], ""), None))
            rest = [first, *rest]
        for line in rest:
            click.echo(" " * indent + line)


class _Layout:
    """The widths of columns. `start`: where the last one begins."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> None:
        self.rows = rows
        self._columns = columns
        self._widths = [_width(column, number, rows) for number, column in enumerate(columns)]
        self.start = sum(self._widths[:-1]) + len(GAP) * (len(columns) - 1)

    def line(self, row: tuple[str, ...], width: int | None) -> str:
        """Return a row as a line, of a certain width at most."""
        from rich.cells import cell_len

        parts = []
        for cell, column, size in zip(row[:-1], self._columns, self._widths, strict=False):
            padding = " " * (size - cell_len(cell))
            parts.append(padding + cell if column.right else cell + padding)
        last = row[-1] if width is None else cut(row[-1], max(width - self.start, 1))
        if self._columns[-1].right:
            last = last.rjust(self._widths[-1])
        return GAP.join([*parts, last]).rstrip()


def cut(text: str, width: int) -> str:
    """Cut a text to a number of terminal cells, with "…" at its end."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _shown(columns: Sequence[Column], rows: Sequence[tuple[str, ...]], width: int | None, least: int) -> list[int]:
    """Return the numbers of the columns for which there is room."""
    shown = list(range(len(columns)))
    if width is None:
        return shown
    widths = [_width(column, number, rows) for number, column in enumerate(columns)]
    while sum(widths[n] + len(GAP) for n in shown[:-1]) + min(widths[-1], least) > width:
        last = max(shown[:-1], key=lambda number: columns[number].rank, default=None)
        if last is None or columns[last].rank == 0:
            break
        shown.remove(last)
    return shown


def _width(column: Column, number: int, rows: Sequence[tuple[str, ...]]) -> int:
    from rich.cells import cell_len

    return max([cell_len(column.heading), *(cell_len(row[number]) for row in rows)])


def _heading(line: str) -> str:
    return click.style(line, bold=True) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else line
