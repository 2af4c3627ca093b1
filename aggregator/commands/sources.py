"""`aggregate sources`: every source and how it is."""

from __future__ import annotations

import click

from aggregator.commands.printing import print_json, print_table
from aggregator.context import Context


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sources(context: Context, as_json: bool) -> None:
    """List the sources with their health: state, last success, next due, failures in a row, articles."""
    from aggregator.health import Health, health
    from aggregator.listed import with_listed

    with context.store() as store:
        rows = health(with_listed(context.config, store.subscriptions()), store)
    if as_json:
        print_json(rows)
        return

    def cells(row: Health) -> tuple[str, ...]:
        trouble = f"{row.error} ({row.failures} in a row)" if row.failures > 1 else row.error or ""
        when = [f"{time:%Y-%m-%d %H:%M}" if time else "" for time in (row.last_success, row.next_due)]
        return (row.name, row.state, *when, str(row.articles), trouble or row.url or "")

    print_table(("name", "state", "last success", "next due", "articles", "address or trouble"), map(cells, rows))
