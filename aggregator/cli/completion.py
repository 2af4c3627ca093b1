"""Completes names on the command line: of verbs, sources, plugins and schemas.

A shell waits for it at each press of the key: the configuration and the store are read, but no plugin is loaded.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

import click

from aggregator.context import Context, default_config

VARIABLE = "_AGGREGATE_COMPLETE"
"""The environment variable in which the script of a shell asks for completions."""


def verb_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the verbs, or those within the verb before."""
    from aggregator.cli.commands import VERBS, load_verb

    first, *others = ctx.params.get(parameter.name or "") or (None,)
    if first is None:
        return _beginning_with(incomplete, VERBS)
    command = load_verb(first) if first in VERBS else None
    for name in others:
        command = command.commands.get(name) if isinstance(command, click.Group) else None
    return _beginning_with(incomplete, command.commands) if isinstance(command, click.Group) else []


def source_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the sources, learned ones as well; [] if they cannot be read."""
    from aggregator.errors import AggregateError

    context = Context(ctx.find_root().params.get("config_path") or default_config())
    try:
        config = context.unchecked_config
        names = [source.name or source.url or "" for source in config.sources]
        if config.store.exists():
            with context.store() as store:
                names = [source.name for source in store.sources(config)]
    except AggregateError:
        return []
    return _beginning_with(incomplete, names)


def plugin_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the shipped plugins, and those of the files in plugin folders."""
    from importlib.metadata import entry_points

    context = Context(ctx.find_root().params.get("config_path") or default_config())
    installed = {point.value.rpartition(".")[2] for point in entry_points(group="aggregator")}
    files = {file.stem for folder in context.plugin_folders for file in folder.glob("*.py")}
    return _beginning_with(incomplete, sorted(installed | files))


def schema_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the schemas."""
    from aggregator.cli.output_schemas import OUTPUTS

    return [] if ctx.params.get(parameter.name or "") else _beginning_with(incomplete, ["config", *OUTPUTS])


def _beginning_with(incomplete: str, names: Iterable[str]) -> list[str]:
    start = incomplete.casefold()
    found = [name for name in names if name.casefold().startswith(start) and name.isprintable()]
    # zsh and fish quote what they insert; bash does not, and a name may have been chosen by a publisher.
    is_bash = os.environ.get(VARIABLE, "").startswith("bash")
    return [shlex.quote(name) for name in found] if is_bash else found
