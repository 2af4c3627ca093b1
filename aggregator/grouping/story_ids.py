"""Assign story ids to groups of articles, so that the id stays with the largest part of a story.

The group with the largest part of a story keeps its id. If a group keeps the ids of several stories, the one that began
first is used, and the others are merged into it. A group without an id founds a story, by its earliest article.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from aggregator.grouping.types import story_id


class ArticleState(msgspec.Struct, gc=False):
    """The state of an article during grouping.

    `time`, `first_seen`: epoch seconds of its publication, and of its first collection; `seed`: only of new articles;
    `story`: the current one; `stored_story`: the one in the store; `why`: the reason for its story, None for the
    founder; `original`: for a copy, the position of the original; `links`: to other articles (`article_index.LINK`).
    """

    key: int
    time: int
    first_seen: int
    seed: str | None = None
    story: str | None = None
    stored_story: str | None = None
    why: str | None = None
    original: int | None = None
    links: bytes = b""

    @property
    def new(self) -> bool:
        """Whether the article has no story in the store."""
        return self.seed is not None


class StoryAssignment(msgspec.Struct, frozen=True):
    """The stories of groups. `stories`: the id of each group; `merged`: ids of stories that were merged into others;
    `founders`: the earliest article of each new story."""

    stories: list[str]
    merged: dict[str, str]
    founders: dict[str, ArticleState]


def assign_stories(groups: Sequence[Sequence[ArticleState]], began: Mapping[str, int]) -> StoryAssignment:
    """Assign a story to each group. `began`: time of the first article of each known story, in epoch seconds."""
    stories_of: dict[int, list[str]] = defaultdict(list)
    for story, group in _group_of_stories(groups).items():
        stories_of[group].append(story)
    assignment = StoryAssignment([], {}, {})
    for number, articles in enumerate(groups):
        known = stories_of.get(number)
        if known is not None:
            by_age = sorted(known, key=lambda story: (began[story], story))
            assignment.merged.update((story, by_age[0]) for story in by_age[1:])
            assignment.stories.append(by_age[0])
        else:
            founder = min(articles, key=_age) if len(articles) > 1 else articles[0]
            story = _new_id(founder)
            assignment.founders[story] = founder
            assignment.stories.append(story)
    return assignment


def _group_of_stories(groups: Sequence[Sequence[ArticleState]]) -> dict[str, int]:
    """Return the group that contains the largest part of each story; of equal parts, the one with its founder."""
    parts: dict[str, Counter[int]] = defaultdict(Counter)
    for number, articles in enumerate(groups):
        for article in articles:
            if article.story is not None:
                parts[article.story][number] += 2 + (article.why is None)
    return {story: max(shares, key=lambda number: (shares[number], -number)) for story, shares in parts.items()}


def _age(article: ArticleState) -> tuple[int, str, int]:
    return article.time, article.seed or "", article.key


def _new_id(founder: ArticleState) -> str:
    """Return the id of a new story. An article that already had a story may have founded it: it needs another seed."""
    if founder.story is None and founder.seed is not None:
        return story_id(founder.seed)
    return story_id(f"{founder.story}\n{founder.key}")
