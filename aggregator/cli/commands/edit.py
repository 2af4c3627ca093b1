"""`aggregate edit`, `rename` and `tag` change the configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aggregator.cli.commands.check import find_all, print_findings, print_summary
from aggregator.cli.commands.configured_sources import find_tables, table_number
from aggregator.cli.completion import source_names
from aggregator.cli.output import print_line, print_message
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.config.settings import FilterSettings, OutputSettings
    from aggregator.scheduling.state import Source


@click.command()
@click.pass_obj
def edit(context: Context) -> int:
    """Open the configuration in your editor (VISUAL or EDITOR), and check it afterwards."""
    from aggregator.config.load import parse
    from aggregator.errors import ConfigError

    path = context.config_path
    if not path.is_file():
        parse(path)  # raises ConfigError, which says what to do
    before = path.read_bytes()
    while True:
        click.edit(filename=str(path))
        if path.read_bytes() == before:
            print_line(f"{path}: unchanged")
            return 0
        config, findings = find_all(Context(path, context.debug))
        print_findings(findings)
        if not any(finding.level == "error" for finding in findings):
            assert config
            print_summary(config, findings)
            return 0
        if not (sys.stdin.isatty() and sys.stdout.isatty() and click.confirm("Edit again?", default=True)):
            return ConfigError.exit_status


@click.command()
@click.argument("name", shell_complete=source_names)
@click.argument("new_name")
@click.pass_obj
def rename(context: Context, name: str, new_name: str) -> None:
    """Rename the source NAME (or its address) to NEW_NAME. Its articles and its history stay.

    Filters, outputs and sections that select it by its name select it by the new one.
    """
    from aggregator.config.edit import replace_references, set_name

    [source] = find_tables(context, [name])
    new_name = " ".join(new_name.split())
    _check_new_name(context, source, new_name)
    set_name(source.settings.file, table_number(source), new_name)
    replace_references(context.config_path, source.name, new_name)
    _rename_state(context, source, new_name)
    print_line(f"renamed {source.name} to {new_name}")
    _report_expressions(context, source.name)


def _check_new_name(context: Context, source: Source, new_name: str) -> None:
    """Raise ConfigError for a name that is empty, or that of another source."""
    from aggregator.errors import ConfigError

    if not new_name:
        raise ConfigError(["NEW_NAME: must not be empty"])
    with context.store() as store:
        others = [one for one in store.sources(context.unchecked_config) if one.settings.key != source.settings.key]
    for other in others:
        if other.name.casefold() == new_name.casefold():
            raise ConfigError([f"{new_name}: is already the name of {other.settings.key}"])


def _rename_state(context: Context, source: Source, new_name: str) -> None:
    """Keep the articles of a source that has no address: its name identifies it in the store."""
    if source.settings.url:
        return
    with context.store() as store:
        store.rename_source(source.state.key, new_name)


def _report_expressions(context: Context, old_name: str) -> None:
    """Warn about options that mention the old name, such as an expression: they are not changed."""
    config = Context(context.config_path, context.debug).unchecked_config
    tables: list[FilterSettings | OutputSettings] = [*config.filters, *config.outputs]
    for table in tables:
        texts = [str(value) for value in table.options.values()] + [str(getattr(table, "select", None) or "")]
        if any(f'"{old_name}"' in text for text in texts):
            print_message(f"{config.path}: {table.where}: still mentions the old name; edit it")


@click.command()
@click.argument("name", shell_complete=source_names)
@click.argument("tags", metavar="[TAG]...", nargs=-1)
@click.option("--remove", "removed", metavar="TAG", multiple=True, help="Tag to remove; repeatable.")
@click.pass_obj
def tag(context: Context, name: str, tags: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Add each TAG to the source NAME (or its address), and remove others. Without any, print its tags.

    Stored articles keep the tags that they were collected with.
    """
    from aggregator.config.edit import change_tags
    from aggregator.errors import ConfigError

    [source] = find_tables(context, [name])
    add = [" ".join(one.split()) for one in tags]
    if not all(add):
        raise ConfigError(["TAG: must not be empty"])
    have = [*source.settings.tags]
    if add or removed:
        missing = {one.casefold() for one in removed} - {one.casefold() for one in have}
        for one in [one for one in removed if one.casefold() in missing]:
            print_message(f"{source.name} has no tag {one}")
        have = change_tags(source.settings.file, table_number(source), add, removed)
    print_line(f"{source.name}: {', '.join(have) or 'no tags'}")
