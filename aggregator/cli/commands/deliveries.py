"""`aggregate deliveries` lists what outputs have delivered, and lets the next run repeat or omit a delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_empty, print_json, print_line
from aggregator.cli.tables import Column, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_minute, local_time, local_zone

if TYPE_CHECKING:
    from aggregator.store import State, StoredDelivery

STATES = ("pending", "sending", "sent", "uncertain", "failed", "dropped", "past")


@click.group(invoke_without_command=True)
@click.option("-v", "--verbose", is_flag=True, help="Show each delivery with its whole error.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--state", type=click.Choice(STATES), help="Only deliveries in this state.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    help="Maximum number of deliveries; 0 for all.",
)
@click.pass_context
def deliveries(ctx: click.Context, verbose: bool, as_json: bool, state: State | None, limit: int) -> None:
    """List what outputs deliver (mails, webhooks, commands, WebSub pings), newest first.

    A delivery is pending until it is sent. It is uncertain if the connection broke, or the run was killed, when it may
    have arrived: no run repeats it unless you say so.
    """
    if ctx.invoked_subcommand is not None:
        return
    from aggregator.inspect.views import delivery_view

    with ctx.obj.store() as store:
        listed = list(reversed(store.ledger.list(states=(state,) if state else (), limit=limit)))
    if as_json:
        from aggregator.inspect.views import delivery_view

        print_json([delivery_view(delivery) for delivery in listed])
    elif not listed:
        print_empty(_nothing(ctx.obj, state))
    elif verbose:
        for delivery in listed:
            _print_delivery(delivery)
    else:
        columns = (
            Column("id", right=True),
            Column(f"time ({local_zone()})", 1),
            Column("state"),
            Column("attempts", 3, right=True),
            Column("output", 2),
            Column("what"),
        )
        print_table(columns, map(_cells, listed))


def _nothing(context: Context, state: State | None) -> str:
    if state:
        return f"no delivery is {state}; `aggregate deliveries` lists those of all states"
    return "no deliveries yet: outputs such as `newsletter` and `webhook`, and feeds with a `hub`, deliver in each run"


def _cells(delivery: StoredDelivery) -> tuple[str, ...]:
    what = f"{_described(delivery)}: {delivery.error}" if delivery.error else _described(delivery)
    time = local_minute(delivery.changed)
    return (str(delivery.id), time, delivery.state, str(delivery.attempts), delivery.output, what)


def _print_delivery(delivery: StoredDelivery) -> None:
    print_line(f"{delivery.id}  {local_time(delivery.changed)}  {delivery.state}: {_described(delivery)}")
    print_line(f"by {delivery.output}, {count_of(delivery.attempts, 'attempt')}", indent=4)
    if delivery.error:
        print_line(delivery.error, indent=4)


@deliveries.command()
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def retry(context: Context, number: int) -> None:
    """Let the next run send delivery ID again, whether it failed, was dropped, or may have arrived."""
    with context.locked_store() as store:
        delivery = store.ledger.retry(number, datetime.now(UTC))
    print_line(f"sent in the next run: {_described(delivery)}")


@deliveries.command()
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def drop(context: Context, number: int) -> None:
    """Let no run send delivery ID."""
    with context.locked_store() as store:
        delivery = store.ledger.drop(number, datetime.now(UTC))
    print_line(f"dropped: {_described(delivery)}")


def _described(delivery: StoredDelivery) -> str:
    return " to ".join(text for text in (delivery.label or delivery.key, delivery.recipient) if text)
