"""`aggregate schedule` prints, installs or removes a timer for `aggregate run`."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.argument("kind", type=click.Choice(["systemd", "cron"]), default="systemd")
@click.option("--every", default="15m", show_default=True, help='Interval between runs: "15m", "1h", "1d".')
@click.option("--install", is_flag=True, help="Install it for this user instead of printing it.")
@click.option("--uninstall", is_flag=True, help="Remove what --install installed for this configuration.")
@click.pass_obj
def schedule(context: Context, kind: str, every: str, install: bool, uninstall: bool) -> None:
    """Print, install or remove a systemd timer or a crontab line that runs `aggregate`.

    A run collects only the sources that are due, so it may run often.
    """
    from aggregator.cli import timer
    from aggregator.errors import ConfigError
    from aggregator.text.units import parse_duration

    if install and uninstall:
        raise click.UsageError("--install and --uninstall exclude each other")
    try:
        interval = parse_duration(every)
    except ValueError as error:
        raise ConfigError([f"--every: {every!r}: {error}"]) from error
    # No timer is installed for an invalid configuration. One can be removed, even if the configuration is gone.
    path = context.config_path if uninstall else context.config.path
    job = timer.Job(timer.running_program(), path.resolve(), interval)
    if uninstall:
        click.echo(timer.uninstall_systemd(job) if kind == "systemd" else timer.uninstall_cron(job))
    elif install:
        click.echo(timer.install_systemd(job) if kind == "systemd" else timer.install_cron(job))
    else:
        click.echo(timer.systemd_text(job) if kind == "systemd" else timer.cron_line(job))
