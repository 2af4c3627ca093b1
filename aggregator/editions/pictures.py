"""The pictures that an edition may show, the most prominent first."""

from __future__ import annotations

from aggregator.model import Edition, Story

PER_STORY = 6
"""Articles of a story, at most, whose pictures are copied."""


def picture_urls(edition: Edition) -> list[str]:
    """Return the addresses of the pictures of its articles, without duplicates: first one for each story."""
    stories = list({story.id: story for story in (*edition.stories, *edition.newest, *edition.older)}.values())
    pictures = [_pictures_of(story) for story in stories]
    first = [urls[0] for urls in pictures if urls]
    return list(dict.fromkeys([*first, *(url for urls in pictures for url in urls)]))


def _pictures_of(story: Story) -> list[str]:
    urls = dict.fromkeys(article.image for article in (story.shown, *story.articles) if article.image)
    return list(urls)[:PER_STORY]
