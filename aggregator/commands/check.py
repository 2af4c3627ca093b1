"""`aggregate check`: is the configuration right?"""

from __future__ import annotations

import click

from aggregator.context import Context
from aggregator.text import printable


@click.command()
@click.pass_obj
def check(context: Context) -> None:
    """Find every mistake in the configuration, the options of its plugins included. Nothing is fetched."""
    from aggregator.config import read
    from aggregator.config_check import check as check_plugins
    from aggregator.errors import ConfigError
    from aggregator.plugins import load_plugins

    config, problems = read(context.config_path)
    registry = load_plugins(config.plugins)
    for failure in registry.failures:
        click.echo(f"aggregate: {printable(failure)}", err=True)
    problems += check_plugins(config, registry)
    if problems:
        raise ConfigError(problems)
    kinds = {"source": config.sources, "filter": config.filters, "output": config.outputs}
    counts = ", ".join(f"{len(tables)} {kind}{'' if len(tables) == 1 else 's'}" for kind, tables in kinds.items())
    click.echo(f"{config.path}: {counts}: all well")
