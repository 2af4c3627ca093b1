"""Writes the headlines as plain text, one per line.

In config.toml:

    [[outputs]]
    plugin = "new_output"
    path = "public/new_output.txt"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from aggregator import Edition, Register, hookimpl
from msgspec import Meta


def new_output(
    edition: Edition,
    *,
    bullet: Annotated[str, Meta(description="The beginning of each line.")] = "-",
) -> Iterator[tuple[str, bytes]]:
    """Write the headlines of an edition, the lead story first."""
    lines = [f"{edition.title}, {edition.date:%d %B %Y}", ""]
    lines += [f"{bullet} {story.title}" for story in edition.stories]
    yield "", "\n".join([*lines, ""]).encode()


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output under the name of its function."""
    register(new_output)
