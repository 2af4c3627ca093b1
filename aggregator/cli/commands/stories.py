"""`aggregate stories` lists stories, explains them, and corrects the grouping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.output import count_of, print_empty, print_json, print_line
from aggregator.cli.tables import Column, print_table
from aggregator.context import Context
from aggregator.text.local_times import local_minute, local_time, local_zone
from aggregator.text.plain import printable

if TYPE_CHECKING:
    from aggregator.inspect.selected_stories import Wanted
    from aggregator.model import Story, StoryReference
    from aggregator.store import StorylineOfStory

TAKEN_OUT = "no storyline: taken out by hand"


@click.group(invoke_without_command=True)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only stories with this tag; repeatable.")
@click.option("--source", "names", multiple=True, metavar="NAME", help="Only stories of this source; repeatable.")
@click.option("--outlets", type=click.IntRange(min=1), default=1, help="Only stories of so many outlets or more.")
@click.option("--since", metavar="TIME", help='Only stories that are not older ("24h", "7d").')
@click.option("--order", type=click.Choice(["rank", "time"]), help="By rank as on a page, or the newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=0), help="Maximum number of stories; 0 for all."
)
@click.pass_context
def stories(ctx: click.Context, /, as_json: bool, limit: int, order: str | None, **selection: Any) -> None:
    """List the stories, newest first; those that --tag, --source, --outlets and --since select in the order of a page.

    The ids are those that `stories show` and `explain` take.
    """
    if ctx.invoked_subcommand is None:
        list_stories(ctx.obj, _wanted(limit, order, **selection), as_json)


def _wanted(
    limit: int, order: str | None, *, tags: tuple[str, ...], names: tuple[str, ...], outlets: int, since: str | None
) -> Wanted:
    from aggregator.inspect.selected_stories import Wanted
    from aggregator.text.units import parse_duration

    try:
        age = parse_duration(since) if since else None
    except ValueError as error:
        raise click.BadParameter(f"{since!r} {error}", param_hint="'--since'") from error
    by_rank = bool(tags or names or outlets > 1 or since) if order is None else order == "rank"
    return Wanted(tags=tags, sources=names, outlets=outlets, since=age, limit=limit, by_rank=by_rank)


def list_stories(context: Context, wanted: Wanted, as_json: bool) -> None:
    """Print the stories that are wanted."""
    from datetime import UTC, datetime

    from aggregator.inspect.selected_stories import select_stories
    from aggregator.inspect.views import StoryViews

    config = context.unchecked_config
    hook = context.registry.rank if wanted.by_rank and context.registry.has_ranks else None
    with context.store() as store:
        found = select_stories(wanted, config, store, datetime.now(UTC), hook)
        views = StoryViews(store, config.chosen_names, found)
    if as_json:
        print_json([views.view(story) for story in found])
    elif found:
        columns = (Column("id"), Column(f"updated ({local_zone()})"), Column("outlets", 1, right=True), Column("title"))
        rows = [(views.short_ids[s.id], local_minute(s.updated), str(len(s.outlets)), s.title) for s in found]
        print_table(columns, rows)
    else:
        print_empty(_nothing(wanted, {tag for source in config.sources for tag in source.tags}))


def _nothing(wanted: Wanted, tags: set[str]) -> str:
    """Return why no story is listed. `tags`: those of the configured sources."""
    from aggregator.text.suggest import did_you_mean

    if not wanted.is_selective:
        return "no stories yet: `aggregate run` collects articles and groups them"
    known = {tag.casefold() for tag in tags}
    for tag in wanted.tags:
        if tag.casefold() not in known:
            return f'no story matches: no source has the tag "{printable(tag)}"; {did_you_mean(tag, sorted(tags))}'
    return "no story matches; fewer conditions, or a longer --since, find more"


@stories.command()
@click.argument("story_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, story_id: str, as_json: bool) -> None:
    """Show the story ID (a prefix of it, or an article of it): its articles, why they were grouped, and copies."""
    from aggregator.inspect.explain import FIRST_ARTICLE, FIRST_STORY
    from aggregator.inspect.views import StoryViews
    from aggregator.outputs.article_text import shown_outlet

    chosen = context.unchecked_config.chosen_names
    with context.store() as store:
        story = store.story(story_id)
        views = StoryViews(store, chosen, [story])
        moved = store.moved_articles(story.id)
        taken_out = store.storyline_of(story.id).by_hand
    if as_json:
        print_json(views.whole(story))
        return
    ids = iter(views.ids_of(story))
    print_line(story.title)
    print_line(f"{story.id}: {_counts(story)}")
    print_line()
    reasons = (FIRST_ARTICLE, *story.why)
    for article, why in zip(story.articles, reasons, strict=True):
        print_line(f"{next(ids)} {local_time(article.date)}  {shown_outlet(article.source, chosen)}: {article.title}")
        print_line(article.url or article.id, indent=4)
        print_line(why, indent=4)
    for copy in story.copies:
        outlet = shown_outlet(copy.article.source, chosen)
        print_line(f"{next(ids)} {local_time(copy.article.date)}  {outlet}: {copy.article.title} (copy)")
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
        print_line(f"{local_time(article.date)}  {shown_outlet(article.source, chosen)}: {article.title} (moved)")
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
    """Remove ARTICLE (its address, id, or a prefix of it) from its story permanently: later runs do not put it back."""
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
