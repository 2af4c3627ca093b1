"""`aggregate serve` serves the outputs over HTTP."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 selects a free port.")
@click.pass_obj
def serve(context: Context, host: str, port: int) -> None:
    """Serve the outputs, and no other files, over HTTP until stopped (Ctrl-C)."""
    from aggregator.editions.edition import output_root, publications_of
    from aggregator.editions.serve import serve

    serve(output_root(context.config), host, port, publications_of(context.config))
