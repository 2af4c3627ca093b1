"""`aggregate stories`: what has been grouped, and why."""

from __future__ import annotations

import click

from aggregator.commands.printing import print_json, print_line, print_table
from aggregator.context import Context


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="How many; 0 for all.")
@click.pass_context
def stories(ctx: click.Context, as_json: bool, limit: int) -> None:
    """List the stories, newest first."""
    if ctx.invoked_subcommand is None:
        list_stories(ctx.obj, as_json, limit)


def list_stories(context: Context, as_json: bool, limit: int) -> None:
    """Print the newest stories."""
    from aggregator.views import story_view

    with context.store() as store:
        found = store.stories(limit=limit)
    if as_json:
        print_json([story_view(story) for story in found])
        return
    rows = [
        (f"{s.updated:%Y-%m-%d %H:%M}", str(len(s.outlets)), s.title, s.id.removeprefix("urn:uuid:")[:8]) for s in found
    ]
    print_table(("updated", "outlets", "title", "id"), rows)


@stories.command()
@click.argument("story_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, story_id: str, as_json: bool) -> None:
    """The story ID (its first characters are enough): its articles, why they are together, and copies."""
    from aggregator.views import story_view

    with context.store() as store:
        story = store.story(story_id)
    if as_json:
        print_json(story_view(story))
        return
    print_line(story.title)
    print_line()
    reasons = ("founded the story", *story.why)
    for article, why in zip(story.articles, reasons, strict=True):
        print_line(f"{article.date:%Y-%m-%d %H:%M}  {article.source.name}: {article.title}")
        print_line(article.url or article.id, indent=4)
        print_line(why, indent=4)
    for copy in story.copies:
        print_line(f"{copy.article.date:%Y-%m-%d %H:%M}  {copy.article.source.name}: {copy.article.title} (copy)")
        print_line(copy.article.url or copy.article.id, indent=4)
        print_line(copy.why, indent=4)
