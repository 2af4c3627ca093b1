"""`aggregate preview`: try a source, with nothing stored."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.commands.printing import print_json, print_line
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.preview import Preview
    from aggregator.settings import Config


@click.command()
@click.argument("what", metavar="URL_OR_SOURCE")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option for the plugin; repeatable.")
@click.option("--watch", is_flag=True, help="Show it again whenever a plugin file or the configuration changes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(context: Context, what: str, options: tuple[str, ...], watch: bool, as_json: bool) -> None:
    """Show the articles that an address, a file, a configured source or a plugin file gives now. Nothing is stored."""
    if watch:
        _watch(context, what, lambda fresh: _show(fresh, what, options, as_json))
    else:
        _show(context, what, options, as_json)


def _show(context: Context, what: str, options: tuple[str, ...], as_json: bool) -> None:
    seen = _ask(context, what, options)
    if as_json:
        source = {name: getattr(seen, name) for name in ("name", "url", "plugin", "home", "language")}
        print_json({"source": source, "articles": [article.exported() for article in seen.articles]})
    else:
        _print(seen)
    if seen.error:
        raise seen.error


def _ask(context: Context, what: str, options: tuple[str, ...]) -> Preview:
    from aggregator.loading import load_file
    from aggregator.preview import find_source, is_plugin_file, source_of, with_options
    from aggregator.preview import preview as ask
    from aggregator.settings import HttpSettings
    from aggregator.strays import caught

    try:
        config = _settings(context)
    except ConfigError:
        if context.config_path.exists():
            raise
        config = None  # an address can be tried before there is a configuration
    with caught():
        if is_plugin_file(what):
            registry = load_file(Path(what))
            source = source_of(registry)
        else:
            registry, source = context.registry, find_source(what, config)
        return ask(with_options(source, registry, options), registry, config.http if config else HttpSettings())


def _print(seen: Preview) -> None:
    counts = {"articles": len(seen.articles), "feeds": seen.feeds, "unusable items": seen.junk}
    shown = [f"{number} {what}" for what, number in counts.items() if number or what == "articles"]
    print_line(f"{seen.name}: {', '.join(shown)}")
    for article in seen.articles:
        date = f"{article.published:%Y-%m-%d %H:%M}" if article.published else "date unknown"
        print_line()
        print_line(article.title or "(no title)")
        print_line(f"{date}  {article.url or article.id}", indent=4)
        if article.summary:
            print_line(article.summary[:200], indent=4)


def _watch(context: Context, what: str, show: Callable[[Context], None]) -> None:
    """Show it, and again after each change, until somebody ends it."""
    from aggregator.loading import forget
    from aggregator.watching import changes

    sys.dont_write_bytecode = True  # what is saved twice in a second would be taken from there
    for _ in changes(lambda: _files(context, Path(what))):
        if sys.stdout.isatty():
            click.clear()
        forget()
        try:
            show(Context(context.config_path, context.debug))
        except AggregateError as error:
            for line in str(error).splitlines():
                click.echo(f"aggregate: {printable(line)}", err=True)
        click.echo(f"aggregate: waiting for a change of {printable(what)}; Ctrl-C ends", err=True)


def _files(context: Context, path: Path) -> Iterator[Path]:
    """What may change what is shown: the configuration, the plugin file with those beside it, the plugin folders."""
    yield context.config_path
    if path.suffix == ".py":
        yield from path.parent.glob("*.py")
    packages = [path] if (path / "__init__.py").is_file() else []
    for folder in (*packages, *context.plugin_folders):
        yield from folder.rglob("*.py")


def _settings(context: Context) -> Config:
    """The configuration, with the feeds of lists on the web if there are such, and they were read."""
    from aggregator.settings import LIST

    config = context.settings
    if not config.store.exists() or all(one.plugin != LIST for one in config.sources):
        return config
    from aggregator.listed import with_listed

    with context.store() as store:
        return with_listed(config, store.subscriptions())
