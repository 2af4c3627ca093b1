"""`aggregate remove`, `pause` and `resume` edit configured sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.completion import source_names
from aggregator.cli.output import print_line
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.config.settings import SourceSettings


@click.command()
@click.argument("name", shell_complete=source_names)
@click.pass_obj
def remove(context: Context, name: str) -> None:
    """Remove the source NAME (or its address) from the configuration. Its articles stay until they expire."""
    from aggregator.config.edit import remove_source

    settings, number, found_name = _find(context, name)
    remove_source(settings.file, number)
    print_line(f"removed {found_name}")


@click.command()
@click.argument("name", shell_complete=source_names)
@click.pass_obj
def pause(context: Context, name: str) -> None:
    """Stop collecting the source NAME (or its address), until it is resumed."""
    _set_enabled(context, name, enabled=False)


@click.command()
@click.argument("name", shell_complete=source_names)
@click.pass_obj
def resume(context: Context, name: str) -> None:
    """Collect the source NAME (or its address) again, after a pause."""
    _set_enabled(context, name, enabled=True)


def _set_enabled(context: Context, name: str, enabled: bool) -> None:
    from aggregator.config.edit import set_enabled

    settings, number, found_name = _find(context, name)
    if settings.enabled == enabled:
        print_line(f"{found_name} is not paused" if enabled else f"{found_name} is already paused")
        return
    set_enabled(settings.file, number, enabled)
    print_line(f"{'resumed' if enabled else 'paused'} {found_name}")


def _find(context: Context, name_or_address: str) -> tuple[SourceSettings, int, str]:
    """Return the settings of a source, the index of its table in its file, and its name. Raises ConfigError."""
    from aggregator.config.lookup import find_source
    from aggregator.errors import ConfigError

    source = find_source(name_or_address, context.known_sources())
    settings = source.settings
    if settings.number is None:
        where = f"{settings.file}: {settings.where}"
        advice = "is a feed of a subscription list; change it there, or give it a [[sources]] table of its own"
        raise ConfigError([f"{source.name}: {advice} ({where})"])
    return settings, settings.number, source.name
