"""`aggregate stories`: what has been grouped, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.output import counted, print_json, print_line, print_table
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.model import Story


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
    from aggregator.inspect.views import story_view
    from aggregator.store import Selection

    with context.store() as store:
        found = store.stories(Selection(limit=limit))
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
    from aggregator.inspect.views import whole_story_view

    with context.store() as store:
        story = store.story(story_id)
        left = store.moved_articles(story.id)
    if as_json:
        print_json(whole_story_view(story))
        return
    print_line(story.title)
    print_line(f"{story.id}: {_counts(story)}")
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
    for article, now_in in left:
        print_line(f"{article.date:%Y-%m-%d %H:%M}  {article.source.name}: {article.title} (was here before)")
        print_line(f"now in {now_in}", indent=4)


def _counts(story: Story) -> str:
    """How many articles, outlets and independent accounts it has."""
    counts = {
        "article": len(story.articles) + len(story.copies),
        "outlet": len(story.places),
        "independent account": story.independent,
    }
    return ", ".join(counted(number, what) for what, number in counts.items())


@stories.command()
@click.argument("article", metavar="ARTICLE")
@click.pass_obj
def split(context: Context, article: str) -> None:
    """Take ARTICLE (its address or id) out of its story, for good: no later run puts it back."""
    from aggregator.inspect.corrections import split_article

    with context.locked_store() as store:
        title = split_article(article, store, context.settings.stories.window)
    print_line(f"split: {title}")


@stories.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.pass_obj
def merge(context: Context, first: str, second: str) -> None:
    """Make one story of the stories A and B (their ids, or the beginnings of these), for good. The older id stays, and
    the other leads to it."""
    from aggregator.inspect.corrections import merge_stories

    with context.locked_store() as store:
        story = merge_stories(first, second, store, context.settings.stories.window)
    print_line(f"merged into {story.id}: {story.title}")
