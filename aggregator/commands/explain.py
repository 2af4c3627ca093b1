"""`aggregate explain`: why an article is where it is, or is nowhere."""

from __future__ import annotations

import click

from aggregator.commands.printing import print_json, print_line
from aggregator.context import Context


@click.command()
@click.argument("what", metavar="URL_OR_ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(context: Context, what: str, as_json: bool) -> None:
    """Say where an article came from, what it was matched with and why, and which outputs show it, or what dropped
    it."""
    from aggregator.explaining import explain as trace

    with context.store() as store:
        explanations = trace(what, context.config, store)
    if as_json:
        print_json(explanations)
        return
    for number, one in enumerate(explanations):
        if number:
            print_line()
        title, *lines = one.lines()
        print_line(title)
        for line in lines:
            print_line(line, indent=4)
