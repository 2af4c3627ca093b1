"""`aggregate remove`, `pause` and `resume` edit configured sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.commands.configured_sources import find_tables, table_number
from aggregator.cli.completion import source_names
from aggregator.cli.output import print_line
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.scheduling.state import Source


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=source_names)
@click.pass_obj
def remove(context: Context, names: tuple[str, ...]) -> None:
    """Remove the sources NAME (or their addresses) from the configuration. Their articles stay until they expire."""
    from aggregator.config.edit import remove_source

    found = find_tables(context, names)
    # The last table of a file first: the numbers of those before stay the same.
    for source in sorted(found, key=lambda source: table_number(source), reverse=True):
        remove_source(source.settings.file, table_number(source))
    for source in found:
        print_line(f"removed {source.name}")


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=source_names)
@click.pass_obj
def pause(context: Context, names: tuple[str, ...]) -> None:
    """Stop collecting the sources NAME (or their addresses), until they are resumed."""
    from aggregator.config.edit import set_enabled

    for source in find_tables(context, names):
        if not source.settings.enabled:
            print_line(f"{source.name} is already paused")
            continue
        set_enabled(source.settings.file, table_number(source), enabled=False)
        print_line(f"paused {source.name}")


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=source_names)
@click.pass_obj
def resume(context: Context, names: tuple[str, ...]) -> None:
    """Collect the sources NAME (or their addresses) again: after a pause, or at once if they have failed.

    The back-off of a failing source ends. A publisher's Retry-After is respected all the same.
    """
    from aggregator.config.edit import set_enabled

    for source in find_tables(context, names):
        was_paused, was_failing = not source.settings.enabled, source.state.is_failing
        if was_paused:
            set_enabled(source.settings.file, table_number(source), enabled=True)
        if was_failing:
            _end_back_off(context, source)
        done = f"resumed {source.name}" if was_paused or was_failing else f"{source.name} is not paused"
        print_line(f"{done}: the next run tries it again" if was_failing else done)


def _end_back_off(context: Context, source: Source) -> None:
    """Let the next run try a failing source again."""
    from aggregator.config.store_address import DatabaseAddress
    from aggregator.scheduling.state import without_back_off

    with context.store() as store:
        store.save_states([without_back_off(source.state)])
        if isinstance(store.location, DatabaseAddress):
            from aggregator.jobs.schedule import make_due

            make_due(store.connection, source.state.key)
