"""Results on standard output: tables for people, JSON for programs; never a terminal escape of a publisher's."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from aggregator.text.plain import printable


def print_json(value: Any) -> None:
    """The value as indented JSON; datetimes as RFC 3339."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns, as wide as their content; the last is wrapped on a terminal and whole in a pipe."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # In a pipe every row stays on one line, however long.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100_000)
    table = Table(*heads, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def counted(number: int, what: str) -> str:
    """ "1 source", "2 sources"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_line(text: str = "", indent: int = 0) -> None:
    """One line of words, made fit for a terminal. `indent`: spaces before it."""
    click.echo(" " * indent + printable(text))
