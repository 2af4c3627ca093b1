"""`aggregate editions` lists the editions of past days, shows one, and writes its files again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_line, print_table
from aggregator.context import Context
from aggregator.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.config.settings import Config, OutputSettings
    from aggregator.model import Edition
    from aggregator.store import Store, StoredEdition


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def editions(ctx: click.Context, as_json: bool) -> None:
    """List the editions that are kept, one for each day with news, newest first."""
    if ctx.invoked_subcommand is None:
        list_editions(ctx.obj, as_json)


def list_editions(context: Context, as_json: bool) -> None:
    """Print the editions that are kept."""
    from aggregator.inspect.views import edition_row

    with context.store() as store:
        stored = store.editions()
    if as_json:
        print_json([edition_row(edition) for edition in stored])
    elif stored:
        rows = [(str(one.day), str(one.stories), one.output, one.lead) for one in stored]
        print_table(("day", "stories", "output", "lead"), rows)
    else:
        print_line("no editions yet: a run with an `html` output makes that of its day")


@editions.command()
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, day: date, as_json: bool) -> None:
    """Show the stories of the edition of DATE (such as 2026-11-24), in their order."""
    from aggregator.editions.snapshot import unpack_edition
    from aggregator.inspect.views import edition_view

    with context.store() as store:
        found = _editions_of(context.unchecked_config, store, day)
        opened = [(stored, unpack_edition(store.edition_body(stored.output, stored.day) or b"")) for _, stored in found]
    if as_json:
        print_json([edition_view(stored, edition.stories) for stored, edition in opened])
        return
    for stored, edition in opened:
        print_line(f"{edition.title}, {stored.day}: {stored.stories} stories")
        _print_stories(edition)


def _print_stories(edition: Edition) -> None:
    for number, story in enumerate(edition.stories, 1):
        outlets = ", ".join(outlet.name for outlet in story.outlets[:3])
        more = f" and {len(story.outlets) - 3} more" if len(story.outlets) > 3 else ""
        print_line(f"{number}. {story.title}")
        print_line(f"{outlets}{more}", indent=4)


@editions.command()
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.pass_obj
def rebuild(context: Context, day: date) -> None:
    """Write the files of the edition of DATE again: the same bytes, whenever and however often it is done."""
    from datetime import UTC, datetime

    from aggregator.editions.publish import Destination, Publisher

    with context.locked_store() as store:
        publisher = Publisher(context.config, context.registry, store, datetime.now(UTC), Destination())
        for output, stored in _editions_of(context.config, store, day):
            count = publisher.rebuild(output, stored)
            print_line(f"{output.location}: {count_of(count.written, 'file')} written, {count.unchanged} unchanged")


def _editions_of(config: Config, store: Store, day: date) -> Sequence[tuple[OutputSettings, StoredEdition]]:
    """Return the outputs that have an edition of this day. Raises StoreError if there is none."""
    day = date(day.year, day.month, day.day)
    outputs = {output.key: output for output in config.outputs}
    stored = [one for one in store.editions() if one.day == day and one.output in outputs]
    if not stored:
        raise StoreError(f"there is no edition of {day}; `aggregate editions` lists them")
    return [(outputs[one.output], one) for one in stored]
