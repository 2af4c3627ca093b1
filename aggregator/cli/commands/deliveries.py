"""`aggregate deliveries` lists what outputs have delivered, and lets the next run repeat or omit a delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.output import print_json, print_line, print_table
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.store import StoredDelivery

STATES = ("pending", "sending", "sent", "uncertain", "failed", "dropped", "past")


@click.group(invoke_without_command=True)
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
def deliveries(ctx: click.Context, as_json: bool, state: Any, limit: int) -> None:
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
        print_json([delivery_view(delivery) for delivery in listed])
        return
    headings = ("id", "time", "output", "recipient", "what", "state", "attempts", "error")
    print_table(headings, map(_cells, listed))


def _cells(delivery: StoredDelivery) -> tuple[str, ...]:
    time = f"{delivery.changed:%Y-%m-%d %H:%M}"
    what = (delivery.output, delivery.recipient, delivery.label or delivery.key)
    return (str(delivery.id), time, *what, delivery.state, str(delivery.attempts), delivery.error or "")


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
