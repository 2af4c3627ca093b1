"""`aggregate plugins`: what is installed, and how each is used."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from aggregator.cli.commands.plugin_dev import new, test
from aggregator.cli.output import print_json, print_table
from aggregator.context import Context
from aggregator.text.plain import printable

if TYPE_CHECKING:
    from aggregator.inspect.health import Health
    from aggregator.inspect.plugins import PluginView
    from aggregator.plugin.plugin import Plugin


@click.group()
def plugins() -> None:
    """List plugins, and show what one does and which options it has; write one, and test it."""


plugins.add_command(new)
plugins.add_command(test)


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(context: Context, as_json: bool) -> None:
    """Every source, filter and output: where it comes from, its version, its hooks, and how the configured sources that
    it reads are. Plugins that failed come last, with the reason."""
    from aggregator.inspect.plugins import plugin_views
    from aggregator.plugin.stdout import redirect_stdout

    with redirect_stdout():
        registry = context.registry
    views = plugin_views(registry, _sources(context))
    if as_json:
        print_json({"plugins": views, "failed": [failure.message for failure in registry.failures]})
        return
    heads = ("kind", "name", "what it does", "from", "version", "hooks", "health")
    print_table(heads, map(_cells, views))
    for failure in registry.failures:
        click.echo(f"aggregate: {printable(failure.message)}", err=True)


def _cells(view: PluginView) -> tuple[str, ...]:
    place = view.origin.removesuffix(f" {view.version}")
    return (view.kind, view.name, view.summary, place, view.version, ", ".join(view.hooks), view.health)


def _sources(context: Context) -> list[Health]:
    """How the configured sources are, where there is a configuration, and a run has been."""
    from datetime import UTC, datetime

    from aggregator.errors import ConfigError
    from aggregator.inspect.health import health

    try:
        settings = context.settings
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
    """The manual of the plugin NAME, its options, and where it comes from."""
    from aggregator.errors import PluginError
    from aggregator.plugin.plugin import KINDS

    found = [p for kind in KINDS if (p := context.registry.of_kind(kind).get(name))]
    if not found:
        raise PluginError(f'no plugin is called "{name}": see `aggregate plugins list`')
    if as_json:
        print_json([_row(p) | {"documentation": p.documentation, "options": _options(p)} for p in found])
        return
    for plugin in found:
        click.echo(f"{plugin.name} ({plugin.kind}), from {plugin.origin}\n\n{inspect.cleandoc(plugin.documentation)}\n")
        rows = [(o["name"], o["type"], o["default"], o["description"]) for o in _options(plugin)]
        if rows:
            print_table(("option", "type", "default", "meaning"), rows)


def _row(plugin: Plugin) -> dict[str, str]:
    return {"kind": plugin.kind, "name": plugin.name, "summary": plugin.summary, "origin": plugin.origin}


def _options(plugin: Plugin) -> list[dict[str, str]]:
    from aggregator.plugin.options import show as show_value

    return [
        {
            "name": option.name,
            "type": option.type_text,
            "default": "needed" if option.required else "" if option.default is None else show_value(option.default),
            "description": option.description,
        }
        for option in plugin.options
    ]
