"""`aggregate schedule` prints or installs a timer for `aggregate run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.context import Context


@click.command()
@click.argument("kind", type=click.Choice(["systemd", "cron"]), default="systemd")
@click.option("--every", default="15m", show_default=True, help='Interval between runs: "15m", "1h", "1d".')
@click.option("--install", is_flag=True, help="Install it for this user instead of printing it.")
@click.pass_obj
def schedule(context: Context, kind: str, every: str, install: bool) -> None:
    """Print (or install) a systemd timer or a crontab line that runs `aggregate`.

    A run collects only the sources that are due, so it may run often.
    """
    from aggregator.cli import timer
    from aggregator.errors import ConfigError
    from aggregator.text.units import parse_duration

    try:
        interval = parse_duration(every)
    except ValueError as error:
        raise ConfigError([f"--every: {every!r}: {error}"]) from error
    config = context.config  # no timer for an invalid configuration
    job = timer.Job(Path(sys.argv[0]).resolve(), config.path.resolve(), interval)
    if install:
        click.echo(timer.install_systemd(job) if kind == "systemd" else timer.install_cron(job))
    else:
        click.echo(timer.systemd_text(job) if kind == "systemd" else timer.cron_line(job))
