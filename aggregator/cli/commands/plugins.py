"""`aggregate plugins` lists and documents plugins."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from aggregator.cli.commands.plugin_dev import new, test
from aggregator.cli.completion import plugin_names
from aggregator.cli.output import print_json, print_line, print_message
from aggregator.cli.tables import Column, print_table, print_wrapped_table
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.inspect.health import Health
    from aggregator.inspect.plugins import PluginView


@click.group()
def plugins() -> None:
    """List and document plugins; write and test your own."""


plugins.add_command(new)
plugins.add_command(test)


@plugins.command("list")
@click.option("-v", "--verbose", is_flag=True, help="Show also origin, version, hooks, and what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(context: Context, verbose: bool, as_json: bool) -> None:
    """List sources, filters and outputs, what each does, and the status of configured sources that use it.

    Plugins that failed to load come last, with the reason. `aggregate plugins show NAME` shows all about one.
    """
    from aggregator.inspect.plugins import PluginList, plugin_views
    from aggregator.plugin.stdout import redirect_stdout

    with redirect_stdout():
        registry = context.registry
    views = plugin_views(registry, _sources(context))
    if as_json:
        print_json(PluginList(plugins=views, failed=[failure.message for failure in registry.failures]))
        return
    if verbose:
        for view in views:
            _print_plugin(view)
    else:
        columns = (Column("kind"), Column("name"), Column("from", 3), Column("version", 2), Column("sources", 1))
        print_table((*columns, Column("what it does")), map(_cells, views), last=50)
    for failure in registry.failures:
        print_message(failure.message)


def _cells(view: PluginView) -> tuple[str, ...]:
    origin = view.origin.removesuffix(f" {view.version}")
    return (view.kind, view.name, origin, view.version, view.health.partition(":")[0], view.summary)


def _print_plugin(view: PluginView) -> None:
    print_line(f"{view.name} ({view.kind}): {view.summary}")
    version = "" if not view.version or view.origin.endswith(view.version) else f" {view.version}"
    print_line(f"from {view.origin}{version}; hooks: {', '.join(view.hooks) or 'none'}", indent=4)
    if view.health:
        print_line(f"sources: {view.health}", indent=4)


def _sources(context: Context) -> list[Health]:
    """Return the status of the configured sources; [] without a valid configuration or before the first run."""
    from datetime import UTC, datetime

    from aggregator.errors import ConfigError
    from aggregator.inspect.health import health

    try:
        settings = context.unchecked_config
    except ConfigError:
        return []
    if not settings.store.exists():
        return []
    with context.store() as store:
        return health(settings, store, datetime.now(UTC))


@plugins.command()
@click.argument("name", shell_complete=plugin_names)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, name: str, as_json: bool) -> None:
    """Show the manual of the plugin NAME, its options and its origin."""
    from aggregator.errors import PluginError
    from aggregator.inspect.plugins import plugin_manual
    from aggregator.plugin.plugin import KINDS

    named = [plugin for kind in KINDS if (plugin := context.registry.of_kind(kind).get(name))]
    if not named:
        raise PluginError(f'no plugin is called "{name}": see `aggregate plugins list`')
    manuals = [plugin_manual(plugin) for plugin in named]
    if as_json:
        print_json(manuals)
        return
    for manual in manuals:
        click.echo(f"{manual.name} ({manual.kind}), from {manual.origin}\n\n{inspect.cleandoc(manual.documentation)}\n")
        rows = [(option.name, option.type, option.default, option.description) for option in manual.options]
        if rows:
            print_wrapped_table((Column("option"), Column("type"), Column("default"), Column("meaning")), rows)
