"""The stories that an output has not delivered yet, and their JSON form for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from aggregator import Delivered, Edition, Story
from aggregator.inspect.views import story_view
from aggregator.outputs.text import legal


def new_stories(edition: Edition, delivered: Delivered) -> list[Story]:
    """Return the stories that are new to the output, oldest first."""
    return [legal(story) for story in reversed(edition.newest) if story.id not in delivered.stories]


def story_json(story: Story) -> dict[str, Any]:
    """Return a story as in `aggregate stories --json`, with the summary, outlet and language of the article that stands
    for it, its tags, the number of outlets, and when it was revised."""
    article = story.shown
    view: dict[str, Any] = msgspec.to_builtins(story_view(story), builtin_types=(datetime,))
    return view | {
        "summary": article.summary,
        "source": article.source.name,
        "tags": list(story.tags),
        "language": article.language,
        "independent": story.independent,
        "revised": story.revised,
    }
