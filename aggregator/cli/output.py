"""Prints results as tables or JSON, without control characters from feeds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from aggregator.text.plain import printable
from aggregator.text.secrets import redact


def print_json(value: Any) -> None:
    """Print the value as indented JSON; datetimes as RFC 3339."""
    import msgspec

    click.echo(redact(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))


def print_bytes(body: bytes) -> None:
    """Print a document in UTF-8 as it is, whatever the encoding of the terminal or pipe."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        click.echo(body.decode(), nl=False)
        return
    sys.stdout.flush()
    raw.write(body)
    raw.flush()


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; the last column is wrapped on a terminal, and never in a pipe."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # In a pipe every row stays on one line, however long.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100_000)
    table = Table(*headings, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(redact(printable(cell))) for cell in row))
    with console.capture() as text:  # rich itself would exit with status 1 when the reader closes the pipe
        console.print(table)
    click.echo(text.get(), nl=False)


def count_of(number: int, noun: str) -> str:
    """Return "1 source", "2 sources"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_line(text: str = "", indent: int = 0) -> None:
    """Print one line without control characters. `indent`: number of spaces before it."""
    click.echo(" " * indent + redact(printable(text)))
