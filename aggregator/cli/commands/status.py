"""`aggregate status` shows what is due, what waits and what fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_line
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.inspect.status import Status


SILENT = 15
"""Seconds without a heartbeat from which a worker is shown as silent."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--metrics", "as_metrics", is_flag=True, help="Print metrics in the text format of Prometheus.")
@click.pass_obj
def status(context: Context, as_json: bool, as_metrics: bool) -> None:
    """Show what is due, what waits for grouping, what fails, and when the outputs were made.

    With a store in PostgreSQL, also the workers and their jobs. For one source, see `aggregate sources`.
    """
    current = _read(context)
    if as_metrics:
        from aggregator.inspect.metrics import metrics

        click.echo(metrics(current), nl=False)
    elif as_json:
        print_json(current)
    else:
        _print(current)


def _read(context: Context) -> Status:
    from aggregator.config.store_address import DatabaseAddress
    from aggregator.inspect.status import status as read_status

    config, now = context.config, datetime.now(UTC).replace(microsecond=0)
    with context.store() as store:
        if isinstance(config.store, DatabaseAddress):
            from aggregator.jobs.status import shared_status

            return shared_status(config, store, now)
        return read_status(config, store, now)


def _print(status: Status) -> None:
    from aggregator.text.local_times import local_time

    sources, grouping, jobs = status.sources, status.grouping, status.jobs
    print_line(f"store     {status.store}, {status.size / 2**20:.1f} MiB")
    overdue = f", {sources.overdue} overdue (the first for {sources.oldest_due} s)" if sources.overdue else ""
    print_line(f"sources   {sources.total}: {sources.due} due{overdue}")
    if sources.errors:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sources.errors.items())
        print_line(f"failing   {sources.failing}, and {sources.gone} gone: {kinds}")
    if sources.silent:
        print_line(f"silent    {sources.silent}: nothing new for far longer than usual; `aggregate sources` lists them")
    if sources.empty:
        print_line(f"empty     {sources.empty}: no article in their answers; `aggregate sources` lists them")
    if jobs:
        waiting, running = sum(jobs.waiting.values()), sum(jobs.running.values())
        stalled = f", {jobs.stalled} stalled" if jobs.stalled else ""
        print_line(f"jobs      {count_of(len(jobs.workers), 'worker')}, {running} running, {waiting} waiting{stalled}")
        for worker in jobs.workers:
            silent = f", silent for {worker.silent} s" if worker.silent > SILENT else ""
            print_line(f"worker    {worker.name}: {count_of(worker.shards, 'shard')}{silent}")
    lag = f", the first for {grouping.lag} s" if grouping.waiting else ""
    print_line(f"grouping  {count_of(grouping.waiting, 'article')} waiting{lag}")
    for output in status.outputs:
        made = f"changed {local_time(output.made)}" if output.made else "not made yet"
        print_line(f"output    {output.path}: {made}{'' if output.current else ', out of date'}")
