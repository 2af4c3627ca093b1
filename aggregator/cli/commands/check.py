"""`aggregate check` reports every mistake in the configuration."""

from __future__ import annotations

import click

from aggregator.cli.output import count_of
from aggregator.context import Context
from aggregator.text.plain import printable
from aggregator.text.secrets import redact


@click.command()
@click.pass_obj
def check(context: Context) -> None:
    """Report every mistake in the configuration, including plugin options. Sends no requests."""
    for failure in context.registry.failures:
        click.echo(f"aggregate: {redact(printable(failure.message))}", err=True)
    config = context.strict_config
    kinds = {"source": config.sources, "filter": config.filters, "output": config.outputs}
    for note in config.notes:
        click.echo(f"aggregate: {redact(printable(note))}", err=True)
    counts = ", ".join(count_of(len(tables), kind) for kind, tables in kinds.items())
    click.echo(f"{config.path}: {counts}: valid")
