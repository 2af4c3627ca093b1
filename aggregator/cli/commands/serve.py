"""`aggregate serve` serves the outputs over HTTP, as they are or will be."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import click

from aggregator.context import Context


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 selects a free port.")
@click.pass_obj
def serve(context: Context, host: str, port: int) -> None:
    """Serve the outputs, and no other files, over HTTP until stopped (Ctrl-C).

    Outputs are shown as the next run would write them without new articles: after a change of the configuration, a
    plugin, a theme or the store they are made again, without changing the files.
    """
    from pathlib import Path

    from aggregator.cli.live_outputs import keep_up_to_date
    from aggregator.editions.edition import output_root, publications_of
    from aggregator.editions.serve import Site, serve

    config = context.config
    with TemporaryDirectory() as folder:
        site = Site(output_root(config), publications_of(config))
        keep_up_to_date(site, context, Path(folder).resolve())
        serve(site, host, port, config.url)
