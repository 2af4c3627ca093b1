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
    """Find a source: its settings, the number of its table in the file, and its name. Raises ConfigError."""
    from aggregator.config.lookup import find_source
    from aggregator.errors import ConfigError
    from aggregator.scheduling.state import Source

    with context.store() as store:
        sources = store.sources(context.settings)
    source = find_source(what, [*sources, *map(Source.new, context.settings.lists)])
    settings = source.settings
    if settings.number is None:
        where = f"{settings.file}: {settings.label}"
        advice = "stands in a list; change it there, or give the feed a [[sources]] table, which counts more"
        raise ConfigError([f"{source.name}: {advice} ({where})"])
    return settings, settings.number, source.name
