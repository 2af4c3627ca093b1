"""Prints results as lines or JSON, without control characters from feeds."""

from __future__ import annotations

import sys
from typing import Any

import click

from aggregator.text.plain import printable
from aggregator.text.secrets import redact


def print_json(value: Any) -> None:
    """Print the value as indented JSON; datetimes as RFC 3339."""
    import msgspec

    click.echo(redact(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))


def print_empty(text: str) -> None:
    """Say that a list is empty, and what to do: on standard error if standard output is a file or a pipe."""
    click.echo(text, err=not sys.stdout.isatty())


def print_bytes(body: bytes) -> None:
    """Print a document in UTF-8 as it is, whatever the encoding of the terminal or pipe."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        click.echo(body.decode(), nl=False)
        return
    sys.stdout.flush()
    raw.write(body)
    raw.flush()


def count_of(number: int, noun: str) -> str:
    """Return "1 source", "2 sources"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_line(text: str = "", indent: int = 0) -> None:
    """Print one line without control characters. `indent`: number of spaces before it."""
    click.echo(" " * indent + redact(printable(text)))


def print_message(text: str) -> None:
    """Print an error, a warning or a note on standard error, on one line without control characters and secrets."""
    click.echo(f"aggregate: {redact(printable(text))}", err=True)


def print_fact(label: str, text: str, width: int) -> None:
    """Print an indented line with a label of a certain width."""
    click.echo(f"    {label:<{width}}{redact(printable(text))}")
