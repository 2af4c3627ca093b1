"""`aggregate sources` lists the sources with their status, and shows everything about one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_empty, print_fact, print_json, print_line
from aggregator.cli.tables import Column, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_day, local_minute, local_time, local_zone

if TYPE_CHECKING:
    from aggregator.inspect.health import Health, SourceOutage
    from aggregator.inspect.source_view import SourceView

NO_SOURCES = "no sources yet: `aggregate add URL` adds one, `aggregate import FILE` those of another program"
NO_OUTAGES = "no outages: no source has failed"


@click.command()
@click.argument("name", required=False)
@click.option("-v", "--verbose", is_flag=True, help="Show everything about each source.")
@click.option("--history", is_flag=True, help="List past and present failures, the latest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sources(context: Context, name: str | None, verbose: bool, history: bool, as_json: bool) -> None:
    """List the sources with their status: state, next due, articles per week, and what is wrong.

    With the NAME or address of one, show everything about it: its address, when it was read and is due and why, the
    last error, its outages, and where it is configured.
    """
    if history:
        _history(context, name, as_json)
    elif name is not None or verbose:
        _views(context, name, as_json)
    else:
        _status(context, as_json)


def _status(context: Context, as_json: bool) -> None:
    from aggregator.inspect.health import health

    with context.store() as store:
        rows = health(context.config, store, datetime.now(UTC))
    if as_json:
        print_json(rows)
    elif not rows:
        print_empty(NO_SOURCES)
    else:
        _print_status(rows)


def _print_status(rows: Sequence[Health]) -> None:
    columns = (
        Column("state"),
        Column(f"next due ({local_zone()})", 2),
        Column("last success", 4),
        Column("articles", 5, right=True),
        Column("per week", 3, right=True),
        Column("address", 6),
        Column("name"),
    )
    print_table(columns, map(_cells, rows))


def _cells(row: Health) -> tuple[str, ...]:
    due = _when(row.next_due)
    if not due and row.state not in ("paused", "gone"):
        due = "each run" if (row.url or "").startswith("file:") else "next run"
    name = f"{row.short_name}: {row.problem}" if row.problem else row.short_name
    counts = (str(row.articles), f"{row.articles_per_week:g}")
    return (row.shown_state, due, _when(row.last_success), *counts, row.url or "", name)


def _history(context: Context, name: str | None, as_json: bool) -> None:
    from aggregator.inspect.health import source_outages

    found = _find(context, name) if name is not None else None
    with context.store() as store:
        rows = [row for row in source_outages(context.config, store) if found is None or row.name == found]
    if as_json:
        print_json(rows)
    elif not rows:
        print_empty(NO_OUTAGES if found is None else f"no outages: {found} has not failed")
    else:
        columns = (Column(f"began ({local_zone()})"), Column("ended", 1), Column("attempts", 2, True), Column("source"))
        print_table(columns, map(_outage_cells, rows))


def _outage_cells(row: SourceOutage) -> tuple[str, ...]:
    name = f"{row.short_name}: {row.error}" if row.error else row.short_name
    return (_when(row.began), _when(row.ended) or "ongoing", str(row.attempts), name)


def _views(context: Context, name: str | None, as_json: bool) -> None:
    from aggregator.inspect.source_view import source_views

    found = _find(context, name) if name is not None else None
    with context.store() as store:
        views = [
            view
            for view in source_views(context.config, store, datetime.now(UTC))
            if found is None or view.name == found
        ]
    if as_json:
        print_json(views if found is None else views[0])
        return
    if not views:
        print_empty(NO_SOURCES)
    for number, view in enumerate(views):
        if number:
            print_line()
        print_line(view.name)
        for label, text in _facts(view):
            print_fact(label, text, 14)


def _find(context: Context, name: str) -> str:
    """Return the whole name of a source. Raises ConfigError."""
    from aggregator.config.lookup import find_source

    with context.store() as store:
        return find_source(name, store.sources(context.unchecked_config)).name


def _facts(view: SourceView) -> Iterator[tuple[str, str]]:
    """Yield what is known about a source, each with a label."""
    yield "address", view.url or "none"
    if view.moved_to:
        yield "moved to", view.moved_to
    yield "plugin", view.plugin
    yield "tags", ", ".join(view.tags) or "none"
    yield "state", f"{view.shown_state}: {view.problem}" if view.problem else view.shown_state
    yield "last try", local_time(view.last_try) if view.last_try else "never"
    yield "last success", local_time(view.last_success) if view.last_success else "never"
    yield "next due", f"{local_time(view.next_due)}: {view.due}" if view.next_due else view.due
    newest = f", the newest of {local_day(view.newest)}" if view.newest else ""
    yield "articles", f"{view.articles} stored, {view.articles_per_week:g} a week{newest}"
    yield "interval", _interval(view)
    yield "feed title", view.title or "none, or as configured"
    yield "site", view.site or "unknown"
    yield "language", view.language or "unknown"
    yield "configured", f"{view.file}: {view.table}"
    yield "outages", count_of(len(view.outages), "outage") if view.outages else "none"
    for outage in view.outages:
        ended = f"to {_when(outage.ended)}" if outage.ended else "until now"
        yield "", f"{_when(outage.began)} {ended}, {count_of(outage.attempts, 'attempt')}: {outage.error or ''}"


def _interval(view: SourceView) -> str:
    from datetime import timedelta

    from aggregator.text.units import format_duration, format_rounded

    learned = f"{format_rounded(timedelta(seconds=view.interval))} learned" if view.interval else "none learned yet"
    return f"{format_duration(timedelta(seconds=view.every))} configured, {learned}" if view.every else learned


def _when(time: datetime | None) -> str:
    return local_minute(time) if time else ""
