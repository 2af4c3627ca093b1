"""`aggregate preview`: try a source, with nothing stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.commands.printing import print_json, print_line
from aggregator.context import Context
from aggregator.errors import ConfigError
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.preview import Preview
    from aggregator.settings import Config
    from aggregator.trying import Trial


@click.command()
@click.argument("what", metavar="URL_OR_SOURCE")
@click.option("--filters", is_flag=True, help="Show what each configured filter takes and changes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(context: Context, what: str, filters: bool, as_json: bool) -> None:
    """Show the articles that an address, a file or a configured source gives now. Nothing is stored."""
    from aggregator.preview import find_source, preview_address
    from aggregator.preview import preview as preview_source
    from aggregator.settings import HttpSettings
    from aggregator.strays import caught

    try:
        config = _settings(context, filters)
    except ConfigError:
        if filters or context.config_path.exists():
            raise
        config = None  # an address can be tried before there is a configuration
    with caught():
        http, tables = (config.http, config.filters) if config else (HttpSettings(), ())
        asked = find_source(what, config)
        ask = preview_source if config and asked in config.sources else preview_address
        seen = ask(asked, context.registry, http, tables if filters else ())
    for line in seen.failures:
        click.echo(f"aggregate: {printable(line)}", err=True)
    if as_json:
        source = {name: getattr(seen, name) for name in ("name", "url", "plugin", "home", "language")}
        tried = {"filters": seen.filters} if filters else {}
        print_json({"source": source, "articles": [article.exported() for article in seen.articles]} | tried)
    else:
        for trial in seen.filters:
            print_trial(trial)
        print_articles(seen)
    if seen.error:
        raise seen.error


def print_articles(seen: Preview) -> None:
    """How many there are, and a few lines for each."""
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


def print_trial(trial: Trial) -> None:
    """What one filter did: a line for each article that it took or changed."""
    counts = {"shown": trial.shown, "dropped": len(trial.dropped), "changed": len(trial.changed)}
    print_line(f"{trial.label}: {', '.join(f'{number} {what}' for what, number in counts.items())}")
    for taken in trial.dropped:
        print_line(f"dropped: {taken.title or taken.url}: {taken.reason or 'it gives no reason'}", indent=4)
    for changed in trial.changed:
        print_line(f"changed: {changed.title or changed.url}: {', '.join(changed.fields)}", indent=4)


def _settings(context: Context, filters: bool) -> Config:
    """The configuration, with the feeds of lists on the web if there are such, and they were read. `filters`: whether
    they are needed, so that it must be right as a whole."""
    from aggregator.settings import LIST

    config = context.config if filters else context.settings
    if not config.store.exists() or all(one.plugin != LIST for one in config.sources):
        return config
    from aggregator.listed import with_listed

    with context.store() as store:
        return with_listed(config, store.subscriptions())
