"""`aggregate init`: a configuration to begin with."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.pass_obj
def init(context: Context) -> None:
    """Write a commented configuration that works at once. A file that is there already is left alone."""
    from aggregator.config.template import write_template

    path = write_template(context.config_path)
    click.echo(f"wrote {path}; next: `aggregate add URL` for each source, then `aggregate`")
