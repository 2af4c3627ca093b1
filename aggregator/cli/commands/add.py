"""`aggregate add`: subscribe to a site, a feed or a file."""

from __future__ import annotations

import click

from aggregator.cli.output import print_line
from aggregator.context import Context

NEWEST = 5


@click.command()
@click.argument("url")
@click.option("--name", help="What to call it, instead of what it calls itself.")
@click.option("--tag", "tags", multiple=True, help="A tag for its articles; repeatable.")
@click.option("--every", metavar="TIME", help='How often to ask it ("30m", "1d"), instead of what is learned.')
@click.option("--plugin", help="The source plugin that reads it, instead of `feed`, or `page` where there is no feed.")
@click.pass_obj
def add(
    context: Context, url: str, name: str | None, tags: tuple[str, ...], every: str | None, plugin: str | None
) -> None:
    """Find the feed of URL (a site's address, a feed's own, a file or a folder), show it, and add it to the sources.

    A site without a feed is read as a page, if that lists articles.
    """
    from aggregator.config.edit import add_sources
    from aggregator.subscriptions.add import find_addition

    wishes = {"plugin": plugin, "name": name, "tags": list(tags), "every": every}
    wishes = {key: value for key, value in wishes.items() if value}
    found = find_addition(url, wishes, context.settings, context.registry)
    add_sources(context.config_path, [found.table])
    print_line(f"added {found.table['name']}: {found.url}")
    if found.as_page:
        print_line('it names no feed: read as a page, by the headlines on it (plugin = "page")', indent=2)
    for article in sorted(found.articles, key=lambda one: one.order, reverse=True)[:NEWEST]:
        print_line(f"{article.date:%Y-%m-%d %H:%M}  {article.title or article.url or article.id}", indent=2)
    if found.others:
        print_line("further feeds found; to have one of them, too: aggregate add URL")
    for other in found.others:
        print_line(f"{other.url}  {other.title or ''}".rstrip(), indent=2)
