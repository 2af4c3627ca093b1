"""`aggregate import` and `aggregate export` read and write subscription lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import print_bytes, print_line, print_message
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.subscriptions.import_ import ImportPlan


@click.command("import")
@click.argument("where", metavar="FILE_OR_URL")
@click.option("--tag", "tags", multiple=True, help="Tag to add to all of them; repeatable.")
@click.option("--dry-run", is_flag=True, help="Only show what would be imported.")
@click.pass_obj
def import_(context: Context, where: str, tags: tuple[str, ...], dry_run: bool) -> None:
    """Add the feeds of another reader, from a file, an address, or standard input (-).

    Reads OPML of any reader, the `urls` file of newsboat, the configuration of rss2email and of sfeed, and texts with
    an address in each line. Folders and categories become tags; configured feeds are skipped. Nothing is executed.
    """
    from aggregator.config.edit import add_sources
    from aggregator.errors import AggregateError
    from aggregator.subscriptions.import_ import describe_existing, describe_skipped, plan_import, read_subscriptions
    from aggregator.subscriptions.read_list import read_list_at

    config, registry = context.unchecked_config, context.registry
    data = read_list_at(where, config.http)
    try:
        found = read_subscriptions(data)
    except ValueError as error:
        advice = "it must be a subscription list that a reader exported, or have an address in each line"
        hint = "; `aggregate add` takes the address of a feed or site" if "://" in where else ""
        raise AggregateError(f"{where}: {error}; {advice}{hint}") from error
    plan = plan_import(found.tables, config, registry, tags)
    if plan.new and not dry_run:
        add_sources(context.config_path, plan.new)
    for note in [*describe_skipped(found, plan), *plan.notes, *found.remarks]:
        print_message(f"{where}: {note}")
    for line in describe_existing(plan):
        print_line(line)
    if dry_run:
        for table in plan.new:
            print_line(f"{table.get('name') or table.get('plugin', 'feed')}: {table.get('url', '')}")
    _print_counts(plan, len(found.skipped), dry_run=dry_run)


def _print_counts(plan: ImportPlan, skipped: int, *, dry_run: bool) -> None:
    counts = [f"{'would import' if dry_run else 'imported'} {len(plan.new)}"]
    if plan.existing:
        counts.append(f"{len(plan.existing)} already configured")
    if skipped:
        counts.append(f"{skipped} without a valid feed address")
    print_line(", ".join(counts))


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write, instead of standard output.")
@click.option(
    "--corrections",
    is_flag=True,
    help="Write the corrections of stories as JSON lines instead: labelled pairs, then those of storylines.",
)
@click.pass_obj
def export(context: Context, output: Path | None, corrections: bool) -> None:
    """Write the sources as OPML for feed readers; `aggregate import` restores all keys. Tags become folders."""
    from aggregator.errors import OutputError
    from aggregator.runtime.atomic_write import replace_file

    body = _corrections(context) if corrections else _subscriptions(context)
    if output is None:
        print_bytes(body)
        return
    try:
        replace_file(output, body)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}") from error


def _subscriptions(context: Context) -> bytes:
    from aggregator.config.lists import table_of
    from aggregator.editions.select import subscriptions_of
    from aggregator.feeds.opml import export_opml

    with context.store() as store:
        sources = store.sources(context.unchecked_config)
    tables = [table_of(source.settings, context.unchecked_config) for source in sources]
    return export_opml(context.unchecked_config.title, subscriptions_of(sources), tables)


def _corrections(context: Context) -> bytes:
    import msgspec

    from aggregator.inspect.corrections import labelled_pairs, storyline_corrections

    with context.store() as store:
        rows = [*labelled_pairs(store), *storyline_corrections(store)]
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
