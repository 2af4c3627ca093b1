"""`aggregate import` and `aggregate export` read and write subscription lists."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.output import print_line
from aggregator.context import Context
from aggregator.text.plain import printable
from aggregator.text.secrets import redact


@click.command("import")
@click.argument("file")
@click.pass_obj
def import_(context: Context, file: str) -> None:
    """Add the feeds of an OPML FILE, or of a text FILE with an address in each line.

    Folders and categories become tags; configured feeds are skipped.
    """
    from aggregator.config.edit import add_sources
    from aggregator.errors import AggregateError
    from aggregator.subscriptions.import_ import plan_import, read_subscriptions

    config, registry = context.unchecked_config, context.registry
    try:
        tables, skipped, sites = read_subscriptions(Path(file).read_bytes())
    except OSError as error:
        hint = "; `aggregate add` takes the address of a feed or site" if "://" in file else ""
        raise AggregateError(f"{file}: {error.strerror}{hint}") from error
    except ValueError as error:
        advice = "it must be a subscription list that a reader exported, or have an address in each line"
        raise AggregateError(f"{file}: {error}; {advice}") from error
    plan = plan_import(tables, config, registry)
    if plan.new:
        add_sources(context.config_path, plan.new)
    for note in (*plan.notes, *sites):
        click.echo(f"aggregate: {file}: {redact(printable(note))}", err=True)
    counts = [f"imported {len(plan.new)}"]
    if plan.existing:
        counts.append(f"{plan.existing} already configured")
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
        click.echo(body.decode(), nl=False)
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
