"""`aggregate serve`: look at the outputs, or subscribe to them, from this machine."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.pass_obj
def serve(context: Context, host: str, port: int) -> None:
    """Serve the outputs, and nothing that lies beside them, until stopped (Ctrl-C)."""
    from aggregator.editions.edition import output_root, publications_of
    from aggregator.editions.serve import serve

    serve(output_root(context.config), host, port, publications_of(context.config))
