"""`aggregate stories` lists stories, explains them, and corrects the grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_line, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_minute, local_time, local_zone

if TYPE_CHECKING:
    from aggregator.model import Story


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=0), help="Maximum number of stories; 0 for all."
)
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
        newest = store.stories(Selection(limit=limit))
    if as_json:
        print_json([story_view(story) for story in newest])
        return
    rows = [(local_minute(s.updated), str(len(s.outlets)), s.title, s.id.removeprefix("urn:uuid:")[:8]) for s in newest]
    print_table((f"updated ({local_zone()})", "outlets", "title", "id"), rows)


@stories.command()
@click.argument("story_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, story_id: str, as_json: bool) -> None:
    """Show the story ID (or a prefix of it): its articles, why they were grouped, and copies."""
    from aggregator.inspect.views import whole_story_view

    with context.store() as store:
        story = store.story(story_id)
        moved = store.moved_articles(story.id)
    if as_json:
        print_json(whole_story_view(story))
        return
    print_line(story.title)
    print_line(f"{story.id}: {_counts(story)}")
    print_line()
    reasons = ("first article of the story", *story.why)
    for article, why in zip(story.articles, reasons, strict=True):
        print_line(f"{local_time(article.date)}  {article.source.name}: {article.title}")
        print_line(article.url or article.id, indent=4)
        print_line(why, indent=4)
    for copy in story.copies:
        print_line(f"{local_time(copy.article.date)}  {copy.article.source.name}: {copy.article.title} (copy)")
        print_line(copy.article.url or copy.article.id, indent=4)
        print_line(copy.why, indent=4)
    if story.storyline and story.storyline.earlier:
        print_line(f"storyline: {story.storyline.title}")
        for earlier in story.storyline.earlier:
            date = f"{local_time(earlier.published)}  " if earlier.published else ""
            print_line(f"earlier: {date}{earlier.title}", indent=4)
    for article, story_id_now in moved:
        print_line(f"{local_time(article.date)}  {article.source.name}: {article.title} (moved)")
        print_line(f"now in {story_id_now}", indent=4)


def _counts(story: Story) -> str:
    """Return the numbers of articles, outlets and independent accounts as text."""
    counts = {
        "article": len(story.articles) + len(story.copies),
        "outlet": len(story.places),
        "independent account": story.independent,
    }
    return ", ".join(count_of(number, noun) for noun, number in counts.items())


@stories.command()
@click.argument("article", metavar="ARTICLE")
@click.pass_obj
def split(context: Context, article: str) -> None:
    """Remove ARTICLE (its address or id) from its story permanently: later runs do not put it back."""
    from aggregator.inspect.corrections import split_article

    with context.locked_store() as store:
        title = split_article(article, store, context.unchecked_config.stories.window)
    print_line(f"split: {title}")


@stories.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.pass_obj
def merge(context: Context, first: str, second: str) -> None:
    """Merge the stories A and B (ids or prefixes of ids) permanently. The older id stays; the other leads to it."""
    from aggregator.inspect.corrections import merge_stories

    with context.locked_store() as store:
        story = merge_stories(first, second, store, context.unchecked_config.stories.window)
    print_line(f"merged into {story.id}: {story.title}")
