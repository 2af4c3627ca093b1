"""`aggregate init` writes an initial configuration."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.pass_obj
def init(context: Context) -> None:
    """Write a working configuration with comments. Never overwrites a file."""
    from aggregator.config.template import write_template

    path = write_template(context.config_path)
    click.echo(f"wrote {path}; next: `aggregate add URL` for each source, then `aggregate`")
