"""`aggregate preview`: try a source, with nothing stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.commands.printing import print_json, print_line
from aggregator.context import Context
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.settings import Config


@click.command()
@click.argument("what", metavar="URL_OR_SOURCE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(context: Context, what: str, as_json: bool) -> None:
    """Show the articles that an address, a file or a configured source gives now. Nothing is stored."""
    from aggregator.preview import find_source
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
        seen = ask(find_source(what, config), context.registry, config.http if config else HttpSettings())
    if as_json:
        source = {name: getattr(seen, name) for name in ("name", "url", "plugin", "home", "language")}
        print_json({"source": source, "articles": [article.exported() for article in seen.articles]})
    else:
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
    if seen.error:
        raise seen.error


def _settings(context: Context) -> Config:
    """The configuration, with the feeds of lists on the web if there are such, and they were read."""
    from aggregator.settings import LIST

    config = context.settings
    if not config.store.exists() or all(one.plugin != LIST for one in config.sources):
        return config
    from aggregator.listed import with_listed

    with context.store() as store:
        return with_listed(config, store.subscriptions())
