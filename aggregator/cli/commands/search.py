"""`aggregate search` finds stored articles by their text."""

from __future__ import annotations

import click

from aggregator.cli.output import print_json, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_day


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=0), help="Maximum number of articles; 0 for all."
)
@click.pass_obj
def search(context: Context, words: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Find articles with all WORDS in title or summary (the last as a prefix), newest first."""
    from aggregator.inspect.views import found_article

    with context.store() as store:
        articles = store.search(" ".join(words), limit)
    if as_json:
        print_json([found_article(article) for article in articles])
        return
    rows = [(local_day(a.date), a.source.name, a.title, a.url or a.id) for a in articles]
    print_table(("date", "source", "title", "address"), rows)
