"""`aggregate preview` collects from one source without storing anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.completion import source_names
from aggregator.cli.output import count_of, print_json, print_line
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError
from aggregator.text.local_times import local_time
from aggregator.text.plain import printable
from aggregator.text.secrets import redact

if TYPE_CHECKING:
    from aggregator.config.settings import SourceSettings
    from aggregator.plugin.registry import Registry
    from aggregator.subscriptions.filter_preview import FilterPreview
    from aggregator.subscriptions.preview import Preview


@click.command()
@click.argument("what", metavar="URL_OR_SOURCE", shell_complete=source_names)
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the plugin; repeatable.")
@click.option("--filters", is_flag=True, help="Show what each configured filter drops and changes.")
@click.option("--watch", is_flag=True, help="Repeat after each change of a plugin file or the configuration.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(context: Context, what: str, options: tuple[str, ...], filters: bool, watch: bool, as_json: bool) -> None:
    """Show the current articles of a web address, a file, a configured source or a plugin file. Stores nothing."""

    def show(context: Context) -> None:
        _show(_collect(context, what, options, filters), as_json, filters)

    if watch:
        _watch(context, what, show)
    else:
        show(context)


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
        click.echo(f"aggregate: {redact(printable(line))}", err=True)
    if as_json:
        from aggregator.inspect.previews import preview_view

        print_json(preview_view(result, with_filters=filters))
    else:
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


def print_filter_preview(preview: FilterPreview) -> None:
    """Print what one filter did: a line for each article that it dropped or changed."""
    counts = {"shown": preview.shown, "dropped": len(preview.dropped), "changed": len(preview.changed)}
    print_line(f"{preview.label}: {', '.join(f'{number} {state}' for state, number in counts.items())}")
    for article in preview.dropped:
        print_line(f"dropped: {article.title or article.url}: {article.reason or 'no reason given'}", indent=4)
    for changed in preview.changed:
        print_line(f"changed: {changed.title or changed.url}: {', '.join(changed.fields)}", indent=4)


def _watch(context: Context, what: str, show: Callable[[Context], None]) -> None:
    """Show a preview, and repeat it after each change until interrupted."""
    from aggregator.cli.watch import changes
    from aggregator.plugin.loader import unload_files

    sys.dont_write_bytecode = True  # a .pyc file would hide a second change within one second
    for _ in changes(lambda: _files(context, Path(what))):
        if sys.stdout.isatty():
            click.clear()
        unload_files()
        try:
            show(Context(context.config_path, context.debug))
        except AggregateError as error:
            for line in str(error).splitlines():
                click.echo(f"aggregate: {redact(printable(line))}", err=True)
        click.echo(f"aggregate: waiting for a change of {printable(what)}; Ctrl-C ends", err=True)


def _files(context: Context, path: Path) -> Iterator[Path]:
    """Yield the files to watch: the configuration, the plugin file with its neighbours, the plugin folders."""
    yield context.config_path
    if path.suffix == ".py":
        yield from path.parent.glob("*.py")
    packages = [path] if (path / "__init__.py").is_file() else []
    for folder in (*packages, *context.plugin_folders):
        yield from folder.rglob("*.py")
