"""The verbs of the command line, one file each. A file is imported when its verb is called, to start fast."""

from __future__ import annotations

from functools import cache
from importlib import import_module

import click

from aggregator.cli.verb_sections import set_short_help

VERBS = {
    "add": "add.add",
    "check": "check.check",
    "completion": "completion.completion",
    "deliveries": "deliveries.deliveries",
    "edit": "edit.edit",
    "rename": "edit.rename",
    "tag": "edit.tag",
    "editions": "editions.editions",
    "explain": "explain.explain",
    "help": "help.help_",
    "init": "init.init",
    "export": "import_export.export",
    "import": "import_export.import_",
    "plugins": "plugins.plugins",
    "preview": "preview.preview",
    "run": "run.run",
    "schedule": "schedule.schedule",
    "schema": "schema.schema",
    "search": "search.search",
    "serve": "serve.serve",
    "sources": "sources.sources",
    "status": "status.status",
    "store": "store.store",
    "stories": "stories.stories",
    "pause": "pause_remove.pause",
    "remove": "pause_remove.remove",
    "resume": "pause_remove.resume",
    "work": "work.work",
}
"""The verbs of the core: module and function of each."""


@cache
def load_verb(name: str) -> click.Command:
    """Return a verb of the core."""
    module, _, function = VERBS[name].partition(".")
    command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
    set_short_help(name, command)
    return command


def all_commands() -> list[click.Command]:
    """Return the verbs of the core."""
    return [*map(load_verb, VERBS)]
