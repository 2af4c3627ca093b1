"""Generates parts of the documentation from the code; cog inserts them (`make docs`) and checks them (`make lint`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

import aggregator
from aggregator.cli.commands import all_commands
from aggregator.cli.main import cli
from aggregator.cli.verb_sections import write_sections
from aggregator.config.load import read
from aggregator.config.validate import check
from aggregator.expressions.fields import FIELDS
from aggregator.feeds import site_feeds
from aggregator.plugin import spec
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.options import show
from aggregator.plugin.plugin import Kind, Plugin

HOOKS = [
    spec.register_sources,
    spec.register_filters,
    spec.register_outputs,
    spec.register_commands,
    spec.same_story,
    spec.rank,
    spec.run_finished,
]
WIDTH = 100


class _CoreVerbs(click.Group):
    """The verbs by purpose, without those of plugins."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_sections(self, ctx, formatter)


def commands() -> str:
    """Return the help texts of the core's verbs."""
    core = _CoreVerbs("aggregate", commands={verb.name or "": verb for verb in all_commands()}, params=cli.params)
    core.help = cli.help
    parts = [_command("aggregate", core)]
    for name, verb in sorted(core.commands.items()):
        parts.append(_command(f"aggregate {name}", verb))
        if isinstance(verb, click.Group):
            parts += [_command(f"aggregate {name} {sub}", command) for sub, command in sorted(verb.commands.items())]
    return "\n\n".join(parts)


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    return f"## `{path}`\n\n```text\n{command.get_help(context)}\n```"


def plugins(kind: Kind) -> str:
    """Return the manuals and options of the shipped plugins of a kind."""
    return "\n\n".join(_plugin(plugin) for plugin in shipped(kind))


def shipped(kind: Kind) -> list[Plugin]:
    """Return the shipped plugins of a kind, sorted by name, without other installed ones."""
    plugins = load_plugins([]).of_kind(kind).values()
    shipped_only = (plugin for plugin in plugins if plugin.function.__module__.startswith("aggregator_plugins."))
    return sorted(shipped_only, key=lambda plugin: plugin.name)


def _plugin(plugin: Plugin) -> str:
    parts = [f"#### `{plugin.name}`", inspect.cleandoc(plugin.documentation)]
    if plugin.options:
        rows = [
            (f"`{option.name}`", option.type_text, _default(option), option.description) for option in plugin.options
        ]
        parts.append(_table(("Option", "Type", "Default", "Meaning"), rows))
    return "\n\n".join(parts)


def _default(option: Any) -> str:
    if option.required:
        return "required"
    return "" if option.default is None else f"`{show(option.default)}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in cells)


def site_rules() -> str:
    """Return a table of the pages whose feed address is derived from their own."""
    rows = [(rule.what, f"`{rule.example[0]}`") for rule in site_feeds.site_rules()]
    return _table(("Pages", "Example"), rows)


def fields() -> str:
    """Return a table of the fields of expressions."""
    rows = [
        (f"`{field.name}`", "a story" if field.of_stories else "an article", field.type.name, field.meaning)
        for field in FIELDS.values()
    ]
    return _table(("Field", "Applies to", "Type", "Meaning"), rows)


def expression_error() -> str:
    """Return the message for an expression with an unknown field."""
    filters = "[[filters]]\nplugin = 'drop'\nwhere = 'titel ~ \"live\"'\n"
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_text(f"[[sources]]\nurl = 'https://feeds.example/'\n{filters}", encoding="utf-8")
        config, _ = read(path, {})
        [error] = check(config, load_plugins([]))
    return f"```text\n{error.replace(str(path), path.name)}\n```"


def hooks() -> str:
    """Return all hooks with their signatures and docstrings."""
    return "\n\n".join(_hook(function) for function in HOOKS)


def _hook(function: Any) -> str:
    text, _, parameters = inspect.cleandoc(function.__doc__).partition("\n\n:")
    lines = [f"- `{name}`: {meaning}" for name, meaning in _parameters(parameters)]
    signature = str(inspect.signature(function)).replace("'", "")
    return "\n".join([f"### `{function.__name__}`", "", f"`{function.__name__}{signature}`", "", text, "", *lines])


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, _, meaning = line.lstrip(":").removeprefix("param ").partition(": ")
        yield name, meaning


def model(*names: str) -> str:
    """Return the public types with these names: docstrings and fields."""
    return "\n\n".join(_type(getattr(aggregator, name)) for name in names)


def _type(kind: Any) -> str:
    annotated = kind.__annotations__ or inspect.get_annotations(kind.__init__)
    fields = "\n".join(f"    {name}: {annotation}" for name, annotation in annotated.items() if name != "return")
    return f"### `{kind.__name__}`\n\n{inspect.cleandoc(kind.__doc__)}\n\n{fields}"
