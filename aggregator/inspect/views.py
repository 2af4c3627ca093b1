"""The JSON form of articles and stories (`--json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.model import Article, Story

if TYPE_CHECKING:
    from aggregator.store import StoredEdition, StorylineOfStory


def story_view(story: Story) -> dict[str, Any]:
    """Return a story as in `aggregate stories --json`; copies follow the articles, each with the id of its original."""
    rows = [article_row(article) for article in story.articles]
    rows += [article_row(copy.article) | {"duplicate_of": copy.of} for copy in story.copies]
    return {
        "id": story.id,
        "title": story.title,
        "url": story.url,
        "published": story.published,
        "articles": rows,
        "why": [*story.why, *(copy.why for copy in story.copies)],
        "storyline": story.storyline and story.storyline.id,
    }


def whole_story_view(story: Story) -> dict[str, Any]:
    """Return a story as in `aggregate stories show --json`: also the number of outlets and of independent accounts, and
    why it belongs to its storyline."""
    return story_view(story) | {
        "outlets": len(story.places),
        "independent": story.independent,
        "storyline_why": story.storyline and story.storyline.why,
    }


def storyline_view(storyline: StorylineOfStory) -> dict[str, Any]:
    """Return the storyline of a story as in `aggregate stories storyline --json`."""
    stories = [
        {
            "id": one.story.id,
            "title": one.story.title,
            "url": one.story.url,
            "published": one.story.published,
            "why": one.why,
            "by_hand": one.by_hand,
        }
        for one in storyline.chapters
    ]
    return {"id": storyline.id, "title": storyline.title, "by_hand": storyline.by_hand, "stories": stories}


def edition_row(edition: StoredEdition) -> dict[str, Any]:
    """Return the edition of a day as in `aggregate editions --json`."""
    return {
        "day": edition.day,
        "output": edition.output,
        "made": edition.made,
        "stories": edition.stories,
        "lead": edition.lead,
    }


def article_row(article: Article) -> dict[str, Any]:
    """Return the short form of an article."""
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source.name,
        "published": article.published,
    }
