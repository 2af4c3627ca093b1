"""Writes a page for each story with several articles, and one for each story that was merged into another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from aggregator import Story
from aggregator.model import Deferred, StoryReference
from aggregator.outputs.article_text import headline
from aggregator.outputs.page_names import has_story_page, page_of, story_page

from .article_pages import absolute_picture
from .coverage import accounts, chart, timeline
from .inner import Inner, InnerView, Link
from .metadata import Metadata, story_metadata

MOST_EARLIER = 20
"""Earlier stories of a storyline on the page of a story."""


def story_pages(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the page of each story with several articles or copies."""
    for story in inner.stories:
        if has_story_page(story):
            picture = inner.site.pictures.of_story(story)
            if picture:
                inner.site.shown.update({file.name: file for file in picture.files})
            topics = [(topic.page, topic.label) for topic in inner.topics_of(story)]
            earlier = [inner.has_page(one) for one in story.storyline.earlier] if story.storyline else []
            shown = picture and (picture.address, [file.name for file in picture.files])
            yield inner.page(
                "story.html.j2",
                story_page(story),
                (inner.digest_of(story), topics, earlier, shown),
                partial(_values, inner, story),
            )


def moved_pages(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield a page for each story that was merged into another one, so that its address leads there."""
    held = {story.id for story in inner.stories}
    for story in inner.stories:
        for merged in story.merged:
            if merged.id not in held:
                target = page_of(story)
                yield inner.page(
                    "moved.html.j2",
                    story_page(merged),
                    (merged.title, headline(story.shown), target),
                    partial(_moved, story, merged, target),
                )


def _moved(story: Story, merged: StoryReference, target: str, view: InnerView) -> dict[str, Any]:
    """Return what the template of a merged story shows."""
    title = headline(story.shown)
    return {
        "former": merged.title,
        "target": Link(title, view.link(target)),
        "story": story,
        "metadata": Metadata(title=title, original=view.absolute(target), indexed=False),
    }


def _values(inner: Inner, story: Story, view: InnerView) -> dict[str, Any]:
    """Return what the template of a story shows."""
    picture = inner.site.pictures.of_story(story)
    image = absolute_picture(view, picture)
    return {
        "story": story,
        "picture": picture,
        "topics": [Link(topic.label, view.link(topic.page)) for topic in inner.topics_of(story)],
        "accounts": accounts(story),
        "orphans": _copies_of_none(story),
        "timeline": timeline(story, inner.site.theme.dates),
        "chart": chart(story),
        "why": [(article, why) for article, why in zip(story.articles[1:], story.why, strict=False) if why],
        "earlier": [
            (one, inner.reference_link(one, view))
            for one in (story.storyline.earlier[:MOST_EARLIER] if story.storyline else ())
        ],
        "metadata": story_metadata(story, inner.summary(story.shown), inner.edition, view.own_address, image),
    }


def _copies_of_none(story: Story) -> list[Any]:
    """Return the copies whose original is not in the story."""
    ids = {article.id for article in story.articles}
    return [copy.article for copy in story.copies if copy.of not in ids]
