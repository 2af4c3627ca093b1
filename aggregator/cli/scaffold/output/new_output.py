"""The headlines as plain text, a line each.

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
    bullet: Annotated[str, Meta(description="What each line begins with.")] = "-",
) -> Iterator[tuple[str, bytes]]:
    """The headlines of an edition, the lead first."""
    lines = [f"{edition.title}, {edition.date:%d %B %Y}", ""]
    lines += [f"{bullet} {story.title}" for story in edition.stories]
    yield "", "\n".join([*lines, ""]).encode()


@hookimpl
def register_outputs(register: Register) -> None:
    """Offer it under its own name."""
    register(new_output)
