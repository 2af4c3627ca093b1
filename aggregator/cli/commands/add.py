"""`aggregate add` subscribes to a site, a feed or a file."""

from __future__ import annotations

from typing import Any

import click

from aggregator.cli.output import print_line, print_message
from aggregator.context import Context
from aggregator.text.local_times import local_time

NEWEST = 5


@click.command()
@click.argument("urls", metavar="URL...", nargs=-1)
@click.option("--name", help="Name of the source, instead of the title of its feed.")
@click.option("--tag", "tags", multiple=True, help="Tag for its articles; repeatable.")
@click.option("--every", metavar="TIME", help='Interval between requests ("30m", "1d"), instead of a learned one.')
@click.option("--plugin", help="Source plugin, instead of `feed` or (without a feed) `page`.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the plugin; repeatable.")
@click.pass_obj
def add(
    context: Context,
    urls: tuple[str, ...],
    name: str | None,
    tags: tuple[str, ...],
    every: str | None,
    plugin: str | None,
    options: tuple[str, ...],
) -> int:
    """Find the feed of each URL (a site, a feed, a file or a folder), show its newest articles, and add it as a source.

    A site without a feed is read as a page, if the page lists articles. Plugins that need no address are added without
    URL, by --plugin. Of several, one that fails does not prevent the others; the status is 1 then.
    """
    _check_usage(urls, name, plugin)
    keys = {"plugin": plugin, "name": name, "tags": list(tags), "every": every}
    keys = {key: value for key, value in keys.items() if value}
    keys |= _options(context, plugin, options)
    if len(urls) < 2:
        _add(context, urls[0] if urls else None, keys)
        return 0
    return 1 if [url for url in urls if not _was_added(context, url, keys)] else 0


def _check_usage(urls: tuple[str, ...], name: str | None, plugin: str | None) -> None:
    if not urls and not plugin:
        raise click.UsageError("give the address of a site, a feed or a file, or a plugin by --plugin")
    if name and len(urls) > 1:
        raise click.UsageError("--name names one source: add it by itself")


def _options(context: Context, plugin: str | None, texts: tuple[str, ...]) -> dict[str, Any]:
    """Return the options of the plugin, as they are written in a configuration."""
    from aggregator.plugin.options import parse_assignments

    if not texts:
        return {}
    return parse_assignments(texts, context.registry.get("source", plugin or "feed").options)


def _was_added(context: Context, url: str, keys: dict[str, Any]) -> bool:
    """Add one of several addresses, and report why it fails. Returns whether it was added."""
    from aggregator.errors import AggregateError

    try:
        _add(context, url, keys)
    except AggregateError as error:
        for line in str(error).splitlines():
            print_message(line if url in line else f"{url}: {line}")
        return False
    return True


def _add(context: Context, url: str | None, keys: dict[str, Any]) -> None:
    from aggregator.config.edit import add_sources
    from aggregator.http.origins import without_credentials
    from aggregator.subscriptions.add import find_addition

    config = Context(context.config_path, context.debug).unchecked_config  # with those that were added before
    known = [] if url is None or "://" in url else context.known_sources()  # an address is added also without the store
    addition = find_addition(url, keys, config, context.registry, known)
    add_sources(context.config_path, [addition.table])
    address = f": {without_credentials(addition.url)}" if addition.url else ""
    print_line(f"added {addition.table['name']}{address}")
    if addition.as_page:
        print_line('no feed found: read as a page, by the headlines on it (plugin = "page")', indent=2)
    for article in sorted(addition.articles, key=lambda article: article.order, reverse=True)[:NEWEST]:
        print_line(f"{local_time(article.date)}  {article.title or article.url or article.id}", indent=2)
    for failure in addition.failures:
        print_line(f"not used: {failure}", indent=2)
    if addition.others:
        print_line("other feeds found; to add one: aggregate add URL")
    for other in addition.others:
        print_line(f"{without_credentials(other.url)}  {other.title or ''}".rstrip(), indent=2)
