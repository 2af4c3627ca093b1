"""`aggregate sources` lists the sources with their status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import print_json, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_minute, local_zone

if TYPE_CHECKING:
    from aggregator.inspect.health import Health, SourceOutage


@click.command()
@click.option("--history", is_flag=True, help="List past and present failures, the latest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sources(context: Context, history: bool, as_json: bool) -> None:
    """List the sources with their status: state, last success, next due, articles per week, and the last error."""
    from aggregator.inspect.health import health, source_outages

    with context.store() as store:
        outages = source_outages(context.config, store) if history else []
        rows = [] if history else health(context.config, store, datetime.now(UTC))
    if as_json:
        print_json(outages if history else rows)
    elif history:
        _print_history(outages)
    else:
        _print_status(rows)


def _print_status(rows: list[Health]) -> None:
    def cells(row: Health) -> tuple[str, ...]:
        error = row.error
        if row.error and row.failures > 1:
            error = f"{row.error} ({row.failures} in a row since {_when(row.failing_since)})"
        times = (_when(row.last_success), _when(row.next_due))
        per_week = f"{row.articles_per_week:g}"
        return (row.name, row.state, *times, str(row.articles), per_week, error or row.note or row.url or "")

    headings = (
        "name",
        "state",
        f"last success ({local_zone()})",
        "next due",
        "articles",
        "per week",
        "address or error",
    )
    print_table(headings, map(cells, rows))


def _print_history(rows: list[SourceOutage]) -> None:
    def cells(row: SourceOutage) -> tuple[str, ...]:
        return (row.name, _when(row.began), _when(row.ended) or "ongoing", str(row.attempts), row.error or "")

    print_table(("name", f"began ({local_zone()})", "ended", "attempts", "last error"), map(cells, rows))


def _when(time: datetime | None) -> str:
    return local_minute(time) if time else ""
