"""`aggregate check`: is the configuration right?"""

from __future__ import annotations

import click

from aggregator.cli.output import counted
from aggregator.context import Context
from aggregator.text.plain import printable


@click.command()
@click.pass_obj
def check(context: Context) -> None:
    """Find every mistake in the configuration, the options of its plugins included. Nothing is fetched."""
    for failure in context.registry.failures:
        click.echo(f"aggregate: {printable(failure)}", err=True)
    config = context.strict_config
    kinds = {"source": config.sources, "filter": config.filters, "output": config.outputs}
    for note in config.notes:
        click.echo(f"aggregate: {printable(note)}", err=True)
    counts = ", ".join(counted(len(tables), kind) for kind, tables in kinds.items())
    click.echo(f"{config.path}: {counts}: all well")
