"""Generates parts of the documentation from the code; cog inserts them (`make docs`) and checks them (`make lint`)."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any, NamedTuple

import click

import aggregator
import aggregator.model
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

TYPES = {
    "sources": ("Item", "Channel", "Reading", "Subscription", "Response"),
    "articles": ("Article", "Enclosure", "Outlet", "Related", "Drop"),
    "stories": ("Story", "Copy", "StoryReference", "Storyline"),
    "editions": ("Edition", "Section", "Publication", "Archive", "Picture", "PictureCopy", "Deferred"),
    "deliveries": ("Delivery", "Delivered"),
}
"""The types that plugins make and get, by what they are about."""
HOOKS = [
    spec.register_sources,
    spec.register_filters,
    spec.register_outputs,
    spec.register_commands,
    spec.same_story,
    spec.rank,
    spec.run_finished,
]
FOLDER = Path(__file__).parent
WIDTH = 100
NO_BREAK = "\N{NO-BREAK SPACE}"


def contents(page: str, generated: str = "") -> str:
    """Return links to the sections of a page: those that are written by hand, then those of a generated part."""
    text = FOLDER.joinpath(page).read_text(encoding="utf-8")
    by_hand = re.sub(r"^\]\]\] -->$.*?^<!-- \[\[\[end", "", text, flags=re.MULTILINE | re.DOTALL)
    return contents_of(by_hand + generated)


def contents_of(text: str) -> str:
    """Return links to the sections of a text in Markdown: its headings of the second level."""
    prose = re.sub(r"^(```+).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^## (.+)$", prose, re.MULTILINE)
    texts = {heading: heading.replace("`aggregate ", "`").replace(" ", NO_BREAK) for heading in headings}
    links = ", ".join(f"[{text}](#{anchor(heading)})" for heading, text in texts.items())
    lines = textwrap.fill(f"On this page: {links}.", 120, break_long_words=False, break_on_hyphens=False)
    return lines.replace(NO_BREAK, " ")


def anchor(heading: str) -> str:
    """Return the anchor that GitHub, GitLab, Forgejo and the documentation site derive from a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


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
    """Return the public types with these names, with all their attributes and methods."""
    return "\n\n".join(_type(public_type(name)) for name in names)


def public_type(name: str) -> Any:
    """Return a type that plugins get: of `aggregator`, or of `aggregator.model` if they only read it."""
    return getattr(aggregator if name in aggregator.__all__ else aggregator.model, name)


_DESCRIBED = re.compile(r"(`\w+`(?: \([^()]*\))?(?:, `\w+`(?: \([^()]*\))?)*): ")
"""Names in a docstring that are described: "`etag`, `last_modified`: ..."."""


def _type(kind: type) -> str:
    rows = [(f"`{one.name}`", f"`{one.type}`" if one.type else "", one.meaning) for one in attributes(kind)]
    return f"### `{kind.__name__}`\n\n{_introduction(kind)}\n\n{_table(('Attribute', 'Type', 'Meaning'), rows)}"


class Attribute(NamedTuple):
    """A public attribute or method of a type. `type`: "" for a method; `meaning`: "" if it has no description."""

    name: str
    type: str
    meaning: str


def attributes(kind: type) -> list[Attribute]:
    """Return all public attributes and methods of a type: its fields, then its properties, then its methods."""
    described = _described(kind)
    annotated = kind.__annotations__ or inspect.get_annotations(kind.__init__)  # type: ignore[misc]
    fields = [
        Attribute(name, str(annotation).replace("dt.", ""), described.get(name, ""))
        for name, annotation in annotated.items()
        if name != "return"
    ]
    members = [(name, member) for name, member in vars(kind).items() if not name.startswith("_")]
    properties = [
        Attribute(name, str(inspect.get_annotations(member.fget)["return"]).replace("dt.", ""), _sentence(member))
        for name, member in members
        if isinstance(member, property) and member.fget
    ]
    methods = [
        Attribute(f"{name}{_signature(member)}", "", _sentence(member))
        for name, member in members
        if inspect.isfunction(member) or isinstance(member, classmethod)
    ]
    return fields + properties + methods


def _described(kind: type) -> dict[str, str]:
    """Return the descriptions of fields in the docstring of a type."""
    text = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    found = [*_DESCRIBED.finditer(text)]
    ends = [*(one.start() for one in found[1:]), len(text)]
    return {
        name: text[one.end() : end].rstrip(" ;.,")
        for one, end in zip(found, ends, strict=True)
        for name in re.findall(r"`(\w+)`", one[1])
    }


def _introduction(kind: type) -> str:
    """Return the docstring of a type up to the descriptions of its fields."""
    text = inspect.cleandoc(kind.__doc__ or "")
    first = _DESCRIBED.search(" ".join(text.split()))
    introduction = text if first is None else " ".join(text.split())[: first.start()]
    return "\n".join(wrap(" ".join(introduction.split()), 120))


def _sentence(member: Any) -> str:
    return " ".join((inspect.getdoc(member) or "").split()).rstrip(".")


def _signature(function: Any) -> str:
    signature = inspect.signature(getattr(function, "__func__", function))
    parameters = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
    return str(signature.replace(parameters=parameters)).replace("'", "")
