"""The stories that an output has not delivered yet."""

from __future__ import annotations

from aggregator import Delivered, Edition, Story
from aggregator.outputs.text import legal


def new_stories(edition: Edition, delivered: Delivered) -> list[Story]:
    """Return the stories that are new to the output, oldest first."""
    return [legal(story) for story in reversed(edition.newest) if story.id not in delivered.stories]
