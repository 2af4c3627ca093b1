"""Runs a program for each new story, which gets the story as JSON on its standard input.

    [[outputs]]
    plugin = "command"
    run = ["./announce.sh", "--quiet"]
    timeout = "2m"                       # default: 1m
    env = { API_KEY = { env = "API_KEY" } }
    select = "independent >= 3"

The JSON is that of `aggregate stories --json`, with `summary`, `source`, `tags`, `language`, `independent` and
`revised`, on one line. A story is passed on once, when it is first selected; a new output begins with the stories that
arrive after it was added. If the program ends with a status other than 0, or exceeds `timeout`, it runs again for this
story in the next run, and then at growing intervals, for up to five days. The error message has the last line of
standard error.

`run` is the program with its arguments. They are not interpreted by a shell: quotes, `*`, `|` and `$NAME` have no
special meaning. A program name with a "/" is relative to the working directory, which is the folder of the
configuration unless `folder` names another; other programs are searched in the PATH. The environment is that of
`aggregate` plus `env`. What the program prints is ignored.

Limits: one program at a time. If a run is killed while the program runs, nobody knows whether it has finished, and it
does not run again for this story by itself: `aggregate deliveries` lists it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from aggregator import Delivered, Delivery, DeliveryError, Duration, Edition, Register, hookimpl
from aggregator.inspect.views import delivered_story
from aggregator.outputs.article_text import headline

from ._new_stories import new_stories


def command(  # noqa: PLR0913 - one parameter per option
    edition: Edition,
    *,
    run: Annotated[
        list[str], Meta(min_length=1, title='a list such as ["./announce.sh"]', description="Program and arguments.")
    ],
    timeout: Annotated[Duration, Meta(description="Maximum run time.")] = timedelta(minutes=1),
    env: Annotated[dict[str, str] | None, Meta(description="Environment variables to add.")] = None,
    folder: Annotated[str, Meta(description="Working directory, relative to the folder of the configuration.")] = ".",
    delivered: Delivered,
) -> Iterator[Delivery]:
    """Runs a program for each new story."""
    for story in new_stories(edition, delivered):
        yield Delivery(
            key=story.id,
            recipient=Path(run[0]).name,
            payload=msgspec.json.encode(delivered_story(story)) + b"\n",
            label=headline(story.shown),
            stories=(story.id,),
        )


def run_for_story(  # noqa: PLR0913 - one parameter per option
    delivery: Delivery,
    *,
    run: list[str],
    timeout: timedelta,
    env: dict[str, str] | None,
    folder: str,
    config_folder: Path,
) -> None:
    """Run the program for one story."""
    import asyncio

    from aggregator.runtime.program import run_program

    working_directory = config_folder / Path(folder).expanduser()
    result = asyncio.run(
        run_program(run, working_directory, env or {}, timeout.total_seconds(), stdin=delivery.payload)
    )
    if result.failure:
        raise DeliveryError(f"{run[0]}: {result.failure}", for_all=not result.started)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(command, deliver=run_for_story)
