"""`aggregate plugins` lists and documents plugins."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from aggregator.cli.commands.plugin_dev import new, test
from aggregator.cli.output import print_json, print_table
from aggregator.context import Context
from aggregator.text.plain import printable
from aggregator.text.secrets import redact

if TYPE_CHECKING:
    from aggregator.inspect.health import Health
    from aggregator.inspect.plugins import PluginView
    from aggregator.plugin.plugin import Plugin


@click.group()
def plugins() -> None:
    """List and document plugins; write and test your own."""


plugins.add_command(new)
plugins.add_command(test)


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(context: Context, as_json: bool) -> None:
    """List sources, filters and outputs: origin, version, hooks, and the status of configured sources that use them.

    Plugins that failed to load come last, with the reason.
    """
    from aggregator.inspect.plugins import plugin_views
    from aggregator.plugin.stdout import redirect_stdout

    with redirect_stdout():
        registry = context.registry
    views = plugin_views(registry, _sources(context))
    if as_json:
        print_json({"plugins": views, "failed": [failure.message for failure in registry.failures]})
        return
    headings = ("kind", "name", "what it does", "from", "version", "hooks", "health")
    print_table(headings, map(_cells, views))
    for failure in registry.failures:
        click.echo(f"aggregate: {redact(printable(failure.message))}", err=True)


def _cells(view: PluginView) -> tuple[str, ...]:
    origin = view.origin.removesuffix(f" {view.version}")
    return (view.kind, view.name, view.summary, origin, view.version, ", ".join(view.hooks), view.health)


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
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, name: str, as_json: bool) -> None:
    """Show the manual of the plugin NAME, its options and its origin."""
    from aggregator.errors import PluginError
    from aggregator.plugin.plugin import KINDS

    named = [plugin for kind in KINDS if (plugin := context.registry.of_kind(kind).get(name))]
    if not named:
        raise PluginError(f'no plugin is called "{name}": see `aggregate plugins list`')
    if as_json:
        print_json([_row(p) | {"documentation": p.documentation, "options": _options(p)} for p in named])
        return
    for plugin in named:
        click.echo(f"{plugin.name} ({plugin.kind}), from {plugin.origin}\n\n{inspect.cleandoc(plugin.documentation)}\n")
        rows = [(o["name"], o["type"], o["default"], o["description"]) for o in _options(plugin)]
        if rows:
            print_table(("option", "type", "default", "meaning"), rows)


def _row(plugin: Plugin) -> dict[str, str]:
    return {"kind": plugin.kind, "name": plugin.name, "summary": plugin.summary, "origin": plugin.origin}


def _options(plugin: Plugin) -> list[dict[str, str]]:
    from aggregator.plugin.options import show as format_value

    return [
        {
            "name": option.name,
            "type": option.type_text,
            "default": "needed" if option.required else "" if option.default is None else format_value(option.default),
            "description": option.description,
        }
        for option in plugin.options
    ]
