"""`aggregate serve`: look at the outputs, or subscribe to them, from this machine."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.pass_obj
def serve(context: Context, host: str, port: int) -> None:
    """Serve the folder of the outputs until stopped (Ctrl-C)."""
    from aggregator.edition import output_root, publish
    from aggregator.serve import content_type, serve

    config = context.config
    publications = [publish(config, output)[0] for output in config.outputs]
    types = {one.path: kind for one in publications if (kind := content_type(one.plugin))}
    serve(output_root(config), host, port, types)
