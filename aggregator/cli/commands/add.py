"""`aggregate add` subscribes to a site, a feed or a file."""

from __future__ import annotations

import click

from aggregator.cli.output import print_line
from aggregator.context import Context
from aggregator.text.local_times import local_time

NEWEST = 5


@click.command()
@click.argument("url")
@click.option("--name", help="Name of the source, instead of the title of its feed.")
@click.option("--tag", "tags", multiple=True, help="Tag for its articles; repeatable.")
@click.option("--every", metavar="TIME", help='Interval between requests ("30m", "1d"), instead of a learned one.')
@click.option("--plugin", help="Source plugin, instead of `feed` or (without a feed) `page`.")
@click.pass_obj
def add(
    context: Context, url: str, name: str | None, tags: tuple[str, ...], every: str | None, plugin: str | None
) -> None:
    """Find the feed of URL (a site, a feed, a file or a folder), show its newest articles, and add it as a source.

    A site without a feed is read as a page, if the page lists articles.
    """
    from aggregator.config.edit import add_sources
    from aggregator.http.origins import without_credentials
    from aggregator.subscriptions.add import find_addition

    keys = {"plugin": plugin, "name": name, "tags": list(tags), "every": every}
    keys = {key: value for key, value in keys.items() if value}
    known = [] if "://" in url else context.known_sources()  # an address is added also without the store
    addition = find_addition(url, keys, context.unchecked_config, context.registry, known)
    add_sources(context.config_path, [addition.table])
    print_line(f"added {addition.table['name']}: {without_credentials(addition.url)}")
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
