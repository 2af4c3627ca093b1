"""`aggregate preview` collects from one source without storing anything."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.completion import source_names
from aggregator.cli.output import count_of, print_json, print_line, print_message
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError
from aggregator.text.local_times import local_time

if TYPE_CHECKING:
    from aggregator.config.settings import SourceSettings
    from aggregator.plugin.registry import Registry
    from aggregator.subscriptions.preview import Preview

WATCHED = frozenset({".py", ".j2", ".html", ".css", ".js", ".svg", ".xml", ".txt", ".toml", ".json"})
"""Suffixes of the files beside a plugin that it may consist of."""


@click.command()
@click.argument("what", metavar="[URL_OR_SOURCE]", required=False, shell_complete=source_names)
@click.option("--output", "output", metavar="OUTPUT", help="A configured output (path, label or plugin), not a source.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the plugin; repeatable.")
@click.option("--filters", is_flag=True, help="Show what each configured filter drops and changes.")
@click.option("--watch", is_flag=True, help="Repeat after each change of a plugin file or the configuration.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(
    context: Context,
    what: str | None,
    output: str | None,
    options: tuple[str, ...],
    filters: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Show the current articles of a web address, a file, a configured source or a plugin file. Stores nothing.

    For a plugin file with a filter: what it would drop and change among the stored articles. For one with an output, or
    with --output: what it would write, into a temporary folder. A single text file is printed.
    """
    if (what is None) == (output is None):
        raise click.UsageError("give either a source, an address or a plugin file, or --output OUTPUT")
    if output is not None and filters:
        raise click.UsageError("--filters shows the filters of a source; it does not go with --output")
    folder = _Folder()

    def show(context: Context) -> None:
        if what is None or _is_output_or_filter(what):
            _show_plugin(context, what, output, options, folder, as_json)
        else:
            _show(_collect(context, what, options, filters), as_json, filters)

    if watch:
        _watch(context, what, output, show)
    else:
        show(context)


class _Folder:
    """A temporary folder that stays, so that its files can be opened. Emptied before each use."""

    path: Path | None = None

    def emptied(self) -> Path:
        if self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(exist_ok=True)
        else:
            self.path = Path(tempfile.mkdtemp(prefix="aggregate-preview-"))
        return self.path


def _is_output_or_filter(what: str) -> bool:
    """Whether this is a plugin file without a source."""
    from aggregator.plugin.loader import load_file
    from aggregator.subscriptions.preview import is_plugin_file

    return is_plugin_file(what) and not load_file(Path(what)).sources


def _show_plugin(
    context: Context, what: str | None, output: str | None, options: tuple[str, ...], folder: _Folder, as_json: bool
) -> None:
    """Show what an output or a filter makes of the stored articles."""
    from aggregator.cli.plugin_preview import preview_configured, preview_file, show_preview
    from aggregator.plugin.loader import load_file
    from aggregator.plugin.stdout import redirect_stdout

    with redirect_stdout():
        if what is None:
            result = preview_configured(context, output or "", options, folder.emptied())
        else:
            result = preview_file(context, load_file(Path(what)), options, folder.emptied())
    show_preview(result, as_json)


def _collect(context: Context, what: str, options: tuple[str, ...], filters: bool) -> Preview:
    from aggregator.http.settings import HttpSettings
    from aggregator.plugin.stdout import redirect_stdout
    from aggregator.subscriptions.locate import locate
    from aggregator.subscriptions.preview import find_or_address, is_plugin_file, with_options
    from aggregator.subscriptions.preview import preview as preview_source

    try:
        config = context.config if filters else context.unchecked_config
    except ConfigError:
        if filters or context.config_path.exists():
            raise
        config = None  # an address can be previewed before there is a configuration
    with redirect_stdout():
        if is_plugin_file(what):
            registry, source = _load_plugin_file(context, Path(what), filters)
        else:
            registry, source = context.registry, find_or_address(what, context.known_sources() if config else [])
        http, tables = (config.http, config.filters) if config else (HttpSettings(), ())
        is_known = is_plugin_file(what) or options or source.file != Path()
        source, tables = with_options(source, registry, options), tables if filters else ()
        if is_known or not (source.url or "").startswith("http"):
            return preview_source(source, registry, http, tables)
        return locate(source, registry, http, tables).preview


def _load_plugin_file(context: Context, path: Path, filters: bool) -> tuple[Registry, SourceSettings]:
    """Return the source of a plugin file, and a registry with it; with the other plugins only if `filters`."""
    from aggregator.plugin.loader import load_file
    from aggregator.subscriptions.preview import source_of

    registry = load_file(path)
    source = source_of(registry)
    if not filters:
        return registry, source
    context.registry.sources.update(registry.sources)
    return context.registry, source


def _show(result: Preview, as_json: bool, filters: bool) -> None:
    for line in result.failures:
        print_message(line)
    if as_json:
        from aggregator.inspect.previews import preview_view

        print_json(preview_view(result, with_filters=filters))
    else:
        from aggregator.cli.plugin_preview import print_filter_preview

        for trial in result.filters:
            print_filter_preview(trial)
        print_articles(result)
    if result.error:
        raise result.error


def print_articles(result: Preview) -> None:
    """Print the number of articles, and a few lines for each."""
    counts = {"article": len(result.articles), "feed": result.feeds, "unusable item": result.junk}
    parts = [count_of(number, noun) for noun, number in counts.items() if number or noun == "article"]
    print_line(f"{result.name}: {', '.join(parts)}")
    for article in result.articles:
        date = local_time(article.published) if article.published else "date unknown"
        print_line()
        print_line(article.title or "(no title)")
        print_line(f"{date}  {article.url or article.id}", indent=4)
        if article.summary:
            print_line(article.summary[:200], indent=4)


def _watch(context: Context, what: str | None, output: str | None, show: Callable[[Context], None]) -> None:
    """Show a preview, and repeat it after each change until interrupted."""
    from aggregator.cli.watch import changes
    from aggregator.plugin.loader import unload_files

    sys.dont_write_bytecode = True  # a .pyc file would hide a second change within one second
    for _ in changes(lambda: _files(context, what, output)):
        if sys.stdout.isatty():
            click.clear()
        unload_files()
        try:
            show(Context(context.config_path, context.debug))
        except AggregateError as error:
            for line in str(error).splitlines():
                print_message(line)
        print_message(f"waiting for a change of {what or output or ''}; Ctrl-C ends")


def _files(context: Context, what: str | None, output: str | None) -> Iterator[Path]:
    """Yield the files to watch: the configuration, the plugin file with its neighbours, the plugin folders, and the
    files of an output, such as templates."""
    yield context.config_path
    if what is None:
        yield from _files_of_output(context, output or "")
    elif what.endswith(".py"):
        yield from (file for file in Path(what).parent.iterdir() if file.suffix in WATCHED)
    elif Path(what, "__init__.py").is_file():
        yield from (file for file in Path(what).rglob("*") if file.suffix in WATCHED)
    for folder in context.plugin_folders:
        yield from folder.rglob("*.py")


def _files_of_output(context: Context, name: str) -> Iterator[Path]:
    from aggregator.editions.inputs import input_files
    from aggregator.editions.preview import find_output

    try:
        output = find_output(name, context.unchecked_config)
        plugin = context.registry.get("output", output.plugin)
    except AggregateError:
        return
    yield from input_files(plugin, output.options, context.config_path.absolute().parent)
