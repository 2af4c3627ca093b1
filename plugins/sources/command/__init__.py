"""Runs a program as a source: it prints articles, and can be written in any language.

    [[sources]]
    plugin = "command"
    name = "Tides"
    run = ["./tides.py", "--harbour", "north"]
    timeout = "2m"                       # default: 1m
    env = { TIDES_KEY = { env = "TIDES_KEY" } }

The program prints JSON lines (an article per line, with the keys of the article model: `id`, `url`, `title`, `summary`,
`content`, `authors`, `published`, `tags`, …), a JSON list of such articles, a JSON Feed, RSS or Atom. The format is
detected. A program without new articles may print nothing.

`run` is the program with its arguments. They are not interpreted by a shell: quotes, `*`, `|` and `$NAME` have no
special meaning. A program name with a "/" is relative to the working directory, which is the folder of the
configuration unless `folder` names another; other programs are searched in the PATH. Standard input is empty. The
environment is that of `aggregate` plus `env`.

A program fails if it ends with a status other than 0, or exceeds `timeout`; at the timeout it is terminated with all
processes that it has started. Output before a failure is used. The error message contains the last line of standard
error.

Limits: 20 MiB of output. Network requests of the program do not obey the limits of `[http]`.
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
"""Seconds beyond its timeout after which a program has certainly been terminated."""


async def command(  # noqa: PLR0913 - one parameter per option
    http: Http,
    *,
    run: Annotated[
        list[str],
        Meta(
            min_length=1,
            title='a list such as ["python3", "tides.py"]',
            description="Program and arguments.",
        ),
    ],
    timeout: Annotated[Duration, Meta(description="Maximum run time.")] = timedelta(minutes=1),
    env: Annotated[dict[str, str] | None, Meta(description="Environment variables to add.")] = None,
    folder: Annotated[str, Meta(description="Working directory, relative to the folder of the configuration.")] = ".",
    config_folder: Path = Path(),
) -> AsyncIterator[Reading]:
    """Runs a program that prints JSON lines, a feed or a JSON Feed."""
    from aggregator.runtime.program import run_program

    seconds = timeout.total_seconds()
    with http.waiting(seconds + GRACE):
        result = await run_program(run, config_folder / Path(folder).expanduser(), env or {}, seconds)
    if result.output.strip():
        yield Reading(read_output, result.output)
    if result.failure:
        raise SourceError(f"{run[0]}: {result.failure}")
    if not result.output.strip():
        raise NotModified


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(command)
