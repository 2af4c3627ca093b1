"""Any program as a source: it prints articles, in whatever language it is written.

    [[sources]]
    plugin = "command"
    name = "Tides"
    run = ["./tides.py", "--harbour", "north"]
    timeout = "2m"                       # otherwise 1m
    env = { TIDES_KEY = { env = "TIDES_KEY" } }

It prints JSON lines (an article a line, its keys those of the article model: `id`, `url`, `title`, `summary`,
`content`, `authors`, `published`, `tags`, …), one JSON list of such articles, a JSON Feed, RSS or Atom. Which of these
is seen by looking; it may print nothing where there is nothing new.

`run` is the program and its arguments, as they are: there is no shell, so quotes, `*`, `|` and `$NAME` mean nothing. A
program with a "/" in its name is looked for from the folder that it runs in, which is that of the configuration unless
`folder` names another; any other program is looked for in the PATH. Its standard input is empty. It has the environment
of `aggregate`, and on top what `env` adds.

A program that ends with another status than 0 has failed, and so has one that takes longer than `timeout`: it is
stopped then, with all that it has started. What it printed until then counts. The last line of its standard error is
what the report says.

Limits: 20 MiB of output. What it asks of the network is its own affair: the limits of `[http]` are not for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from aggregator import Duration, Http, NotModified, Reading, Register, SourceError, hookimpl

from .output import read_output

GRACE = 10
"""Seconds beyond its time-out after which a program is certainly gone."""


async def command(  # noqa: PLR0913 - one parameter per option
    http: Http,
    *,
    run: Annotated[
        list[str],
        Meta(
            min_length=1,
            title='a list such as ["python3", "tides.py"]',
            description="The program and its arguments.",
        ),
    ],
    timeout: Annotated[Duration, Meta(description="How long it may take.")] = timedelta(minutes=1),
    env: Annotated[dict[str, str] | None, Meta(description="Variables to add to its environment.")] = None,
    folder: Annotated[str, Meta(description="Where it runs; relative to the configuration's folder.")] = ".",
    config_folder: Path = Path(),
) -> AsyncIterator[Reading]:
    """Any program that prints JSON lines, a feed or a JSON Feed."""
    from .process import finish

    seconds = timeout.total_seconds()
    with http.waiting(seconds + GRACE):
        printed = await finish(run, config_folder / Path(folder).expanduser(), env or {}, seconds)
    if printed.output.strip():
        yield Reading(read_output, printed.output)
    if printed.fault:
        raise SourceError(f"{run[0]}: {printed.fault}")
    if not printed.output.strip():
        raise NotModified


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(command)
