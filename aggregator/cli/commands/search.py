"""`aggregate search` finds stored articles by their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.output import print_empty, print_json, print_line
from aggregator.cli.tables import Column, print_table, table_lines, terminal_width
from aggregator.context import Context
from aggregator.text.local_times import local_day, local_zone

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aggregator.store import SearchResult

INDENT = 4


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=0), help="Maximum number of articles; 0 for all."
)
@click.pass_obj
def search(context: Context, words: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Find articles with all WORDS in title or summary (the last as a prefix), newest first.

    The ids are those that `explain`, `stories show` and `stories split` take.
    """
    from aggregator.inspect.views import found_article

    chosen = context.unchecked_config.chosen_names
    with context.store() as store:
        found = store.search(" ".join(words), limit)
    if as_json:
        print_json([found_article(one, chosen) for one in found])
    elif not found:
        print_empty("nothing found: all words must be in the title or the summary; fewer words find more")
    elif terminal_width() is None:
        columns = (*_columns(), Column("address"))
        print_table(columns, [(*_cells(one, chosen), one.article.url or one.article.id) for one in found])
    else:
        _print_found(found, chosen)


def _print_found(found: Sequence[SearchResult], chosen: Collection[str]) -> None:
    """Print a line for each article, and its whole address below it."""
    heading, *lines = table_lines(_columns(), [_cells(one, chosen) for one in found])
    click.echo(heading)
    for line, one in zip(lines, found, strict=True):
        click.echo(line)
        print_line(one.article.url or one.article.id, indent=INDENT)


def _columns() -> tuple[Column, ...]:
    return Column("id"), Column(f"date ({local_zone()})"), Column("source", 1), Column("title")


def _cells(found: SearchResult, chosen: Collection[str]) -> tuple[str, ...]:
    from aggregator.outputs.article_text import shown_outlet

    article = found.article
    return found.short_id, local_day(article.date), shown_outlet(article.source, chosen), article.title
