"""`aggregate stories` lists stories, explains them, and corrects the grouping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_line, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_minute, local_time, local_zone

if TYPE_CHECKING:
    from aggregator.model import Story, StoryReference
    from aggregator.store import StorylineOfStory

TAKEN_OUT = "no storyline: taken out by hand"


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
    from aggregator.inspect.explain import FIRST_ARTICLE, FIRST_STORY
    from aggregator.inspect.views import whole_story_view

    with context.store() as store:
        story = store.story(story_id)
        moved = store.moved_articles(story.id)
        taken_out = store.storyline_of(story.id).by_hand
    if as_json:
        print_json(whole_story_view(story))
        return
    print_line(story.title)
    print_line(f"{story.id}: {_counts(story)}")
    print_line()
    reasons = (FIRST_ARTICLE, *story.why)
    for article, why in zip(story.articles, reasons, strict=True):
        print_line(f"{local_time(article.date)}  {article.source.name}: {article.title}")
        print_line(article.url or article.id, indent=4)
        print_line(why, indent=4)
    for copy in story.copies:
        print_line(f"{local_time(copy.article.date)}  {copy.article.source.name}: {copy.article.title} (copy)")
        print_line(copy.article.url or copy.article.id, indent=4)
        print_line(copy.why, indent=4)
    if story.storyline:
        print_line(f"storyline: {story.storyline.title}")
        print_line(story.storyline.why or FIRST_STORY, indent=4)
        for earlier in story.storyline.earlier:
            print_line(f"earlier: {_dated(earlier)}", indent=4)
    elif taken_out:
        print_line(TAKEN_OUT)
    for article, story_id_now in moved:
        print_line(f"{local_time(article.date)}  {article.source.name}: {article.title} (moved)")
        print_line(f"now in {story_id_now}", indent=4)


def _dated(story: StoryReference) -> str:
    return f"{local_time(story.published)}  {story.title}" if story.published else story.title


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


@stories.command()
@click.argument("story_id", metavar="ID")
@click.option("--with", "other", metavar="OTHER", help="Put the story into the storyline of OTHER, or found one.")
@click.option("--none", "take_out", is_flag=True, help="Take the story out of its storyline.")
@click.option("--title", metavar="TEXT", help="Rename the storyline.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def storyline(
    context: Context, story_id: str, other: str | None, take_out: bool, title: str | None, as_json: bool
) -> None:
    """Show the storyline of the story ID (or a prefix of it): all stories of one saga, and why each belongs to it. The
    options correct it permanently: later runs do not change what they set."""
    if sum((other is not None, take_out, title is not None, as_json)) > 1:
        raise click.UsageError("--with, --none, --title and --json exclude each other")
    if other is not None or take_out or title is not None:
        correct_storyline(context, story_id, other, title)
    else:
        show_storyline(context, story_id, as_json)


def correct_storyline(context: Context, story_id: str, other: str | None, title: str | None) -> None:
    """Put a story into the storyline of another one, rename its storyline, or take it out."""
    from aggregator.inspect import corrections

    with context.locked_store() as store:
        if other is not None:
            print_line(f"put into: {corrections.put_into_storyline(story_id, other, store).title}")
        elif title is not None:
            print_line(f"renamed: {corrections.rename_storyline(story_id, title, store)}")
        else:
            print_line(f"taken out: {corrections.take_out_of_storyline(story_id, store)}")


def show_storyline(context: Context, story_id: str, as_json: bool) -> None:
    """Print the storyline of a story with all its stories, oldest first."""
    from aggregator.inspect.views import storyline_view

    with context.store() as store:
        found = store.storyline_of(store.story(story_id).id)
    if as_json:
        print_json(storyline_view(found))
        return
    for line, indent in _storyline_lines(found):
        print_line(line, indent)


def _storyline_lines(found: StorylineOfStory) -> Iterator[tuple[str, int]]:
    from aggregator.inspect.explain import FIRST_STORY

    if found.id is None:
        yield TAKEN_OUT if found.by_hand else "no storyline", 0
        return
    yield found.title or "", 0
    yield f"{found.id}: {len(found.chapters)} stories", 0
    yield "", 0
    for one in found.chapters:
        yield _dated(one.story), 0
        yield one.story.id, 4
        yield one.why or FIRST_STORY, 4
