"""The pictures that an edition may show, the most prominent first."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.model import Edition, Story

PER_STORY = 6
"""Articles of a story, at most, whose pictures are copied."""


def picture_urls(edition: Edition) -> list[str]:
    """Return the addresses of the pictures of its articles, without duplicates: first one for each story."""
    stories = list({story.id: story for story in (*edition.stories, *edition.newest, *edition.older)}.values())
    pictures = [list(_pictures_of(story)) for story in stories]
    first = [urls[0] for urls in pictures if urls]
    return list(dict.fromkeys([*first, *(url for urls in pictures for url in urls)]))


def _pictures_of(story: Story) -> Iterator[str]:
    articles = [story.shown, *story.articles]
    urls = dict.fromkeys(article.image for article in articles if article.image)
    yield from list(urls)[:PER_STORY]
