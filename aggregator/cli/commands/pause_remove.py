"""`aggregate remove`, `pause` and `resume`: sources that are configured already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.output import print_line
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.config.settings import SourceSettings


@click.command()
@click.argument("name")
@click.pass_obj
def remove(context: Context, name: str) -> None:
    """Take the source NAME (or its address) out of the configuration. Its articles stay until they are too old."""
    from aggregator.config.edit import remove_source

    source, number, found = _source(context, name)
    remove_source(source.file, number)
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
    from aggregator.config.edit import set_enabled

    source, number, found = _source(context, name)
    word = "resumed" if enabled else "paused"
    if source.enabled == enabled:
        print_line(f"{found} is not paused" if enabled else f"{found} is paused already")
        return
    set_enabled(source.file, number, enabled)
    print_line(f"{word} {found}")


def _source(context: Context, what: str) -> tuple[SourceSettings, int, str]:
    """Which of the sources is meant, where it stands in its file, and what it is called. Raises ConfigError."""
    from aggregator.config.learned_lists import with_listed
    from aggregator.errors import ConfigError
    from aggregator.subscriptions.import_ import source_number

    with context.store() as store:
        config = with_listed(context.settings, store.subscriptions())
        states = store.states(config.sources)
    names = [state.called(source) for source, state in zip(config.sources, states, strict=True)]
    sources = [*config.sources, *config.lists]
    place = source_number(what, sources, [*names, *(one.name or one.key for one in config.lists)])
    source = sources[place]
    name = names[place] if place < len(names) else source.name or source.key
    if source.number is None:
        where = f"{source.file}: {source.label}"
        said = "stands in a list; change it there, or give the feed a [[sources]] table, which counts more"
        raise ConfigError([f"{name}: {said} ({where})"])
    return source, source.number, name
