"""`aggregate remove`, `pause` and `resume`: sources that are configured already."""

from __future__ import annotations

import click

from aggregator.commands.printing import print_line
from aggregator.context import Context


@click.command()
@click.argument("name")
@click.pass_obj
def remove(context: Context, name: str) -> None:
    """Take the source NAME (or its address) out of the configuration. Its articles stay until they are too old."""
    from aggregator.config_edit import remove_source

    number, found = _source(context, name)
    remove_source(context.config_path, number)
    print_line(f"removed {found}")


@click.command()
@click.argument("name")
@click.pass_obj
def pause(context: Context, name: str) -> None:
    """Ask the source NAME (or its address) no more, until it is resumed."""
    _switch(context, name, enabled=False)


@click.command()
@click.argument("name")
@click.pass_obj
def resume(context: Context, name: str) -> None:
    """Ask the source NAME (or its address) again, after it was paused."""
    _switch(context, name, enabled=True)


def _switch(context: Context, name: str, enabled: bool) -> None:
    from aggregator.config_edit import set_enabled

    number, found = _source(context, name)
    word = "resumed" if enabled else "paused"
    if context.settings.sources[number].enabled == enabled:
        print_line(f"{found} is not paused" if enabled else f"{found} is paused already")
        return
    set_enabled(context.config_path, number, enabled)
    print_line(f"{word} {found}")


def _source(context: Context, what: str) -> tuple[int, str]:
    """Which of the sources is meant, and what it is called."""
    from aggregator.subscribe import source_number

    sources = context.settings.sources
    with context.store() as store:
        states = store.states(sources)
    names = [source.name or state.name or source.key for source, state in zip(sources, states, strict=True)]
    number = source_number(what, sources, names)
    return number, names[number]
