"""`aggregate explain` shows how an article was grouped, and which outputs contain it."""

from __future__ import annotations

import click

from aggregator.cli.commands import stories
from aggregator.cli.output import print_json, print_line
from aggregator.context import Context


@click.command()
@click.argument("what", metavar="URL_OR_ID")
@click.argument("other", metavar="[URL_OR_ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(context: Context, what: str, other: str | None, as_json: bool) -> None:
    """Explain where an article came from, what it was matched with and why, and which outputs contain it or which
    filter dropped it. With two articles: why they are in one story, or in two. Of a story, show its articles."""
    if other is not None:
        explain_two(context, what, other, as_json)
    elif _is_story(context, what):
        click.get_current_context().invoke(stories.show, story_id=what, as_json=as_json)
    else:
        explain_one(context, what, as_json)


def _is_story(context: Context, what: str) -> bool:
    with context.store() as store:
        found = store.identify(what)
    return bool(found.stories) and not found.traces


def explain_one(context: Context, what: str, as_json: bool) -> None:
    """Print the explanation of one article."""
    from aggregator.inspect.explain import explain as trace

    with context.store() as store:
        registry = context.registry
        explanations = trace(what, context.config, store, registry.rank if registry.has_ranks else None)
    if as_json:
        print_json(explanations)
        return
    for number, explanation in enumerate(explanations):
        if number:
            print_line()
        title, *lines = explanation.lines()
        print_line(title)
        for line in lines:
            print_line(line, indent=4)


def explain_two(context: Context, what: str, other: str, as_json: bool) -> None:
    """Print why two articles are in one story, or in two."""
    from aggregator.inspect.compare import compare

    with context.store() as store:
        comparison = compare(what, other, context.unchecked_config, store)
    if as_json:
        print_json(comparison)
        return
    for name in comparison.articles:
        print_line(name)
    for line in comparison.lines():
        print_line(line, indent=4)
