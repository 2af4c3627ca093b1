"""Lists the stories of an edition by tag and by outlet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from aggregator import Article, Edition, Story
from aggregator.outputs.page_names import tag_feed, tag_page

SMALLEST = 2
"""Stories from which a tag that only publishers use has a page."""
MOST_TOPICS = 300
MOST_LISTED = 200
"""Stories or articles on the page of a tag or an outlet, at most: the newest."""


class Topic(msgspec.Struct, frozen=True):
    """A tag with a page. `page`, `feed`: names of the files; `label`: what it is called; `stories`: last revised
    first."""

    page: str
    feed: str
    label: str
    stories: tuple[Story, ...]


class Desk(msgspec.Struct, frozen=True):
    """The articles of one outlet, newest first, each with its story."""

    name: str
    articles: tuple[tuple[Article, Story], ...]


def topics_of(edition: Edition, stories: Iterable[Story]) -> dict[str, Topic]:
    """Return the tags that have a page, by their names in lower case: those of the configuration first.

    Tags that differ only in case are one topic. Publishers use thousands of tags for a single article: such a tag has
    a page if several stories have it.
    """
    members: dict[str, list[Story]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for story in sorted(stories, key=lambda story: (story.updated, story.id), reverse=True):
        for key, tag in {tag.casefold(): tag for tag in story.tags if tag.strip()}.items():
            members[key].append(story)
            spellings[key][tag] += 1
    configured = _configured(edition)
    labels = {section.name.casefold(): section.label for section in edition.sections if section.label}
    frequent = sorted(members, key=lambda key: (-len(members[key]), key))
    chosen = [key for key in configured if key in members]
    chosen += [key for key in frequent if key not in configured and len(members[key]) >= SMALLEST][:MOST_TOPICS]
    return {
        key: Topic(
            tag_page(configured.get(key, key)),
            tag_feed(configured.get(key, key)),
            labels.get(key) or _capitalised(configured.get(key) or spellings[key].most_common(1)[0][0]),
            tuple(members[key][:MOST_LISTED]),
        )
        for key in chosen
    }


def _configured(edition: Edition) -> Mapping[str, str]:
    """Return the tags of sections and sources, as they are spelled, by their names in lower case."""
    tags = [section.name for section in edition.sections]
    tags += [tag for subscription in edition.subscriptions for tag in subscription.tags]
    return {tag.casefold(): tag for tag in reversed(tags) if tag.strip()} if tags else {}


def desks_of(stories: Iterable[Story]) -> dict[str, Desk]:
    """Return the articles of each outlet, by its name; copies are among them."""
    articles: dict[str, list[tuple[Article, Story]]] = defaultdict(list)
    for story in stories:
        for article in (*story.articles, *(copy.article for copy in story.copies)):
            articles[article.source.name].append((article, story))
    return {
        name: Desk(name, tuple(sorted(listed, key=lambda one: (one[0].date, one[0].id), reverse=True)))
        for name, listed in sorted(articles.items(), key=lambda item: item[0].casefold())
    }


def _capitalised(tag: str) -> str:
    return tag[:1].upper() + tag[1:]
