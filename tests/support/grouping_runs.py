"""Articles for tests of grouping, and grouping in several runs with an in-memory replacement of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import RECORD, make_records
from aggregator.grouping.features.wording import Wording, wording_of
from aggregator.grouping.group import group
from aggregator.grouping.reasons import Continues, decode
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import (
    Decision,
    EarlierStory,
    GroupedArticle,
    GroupedStory,
    Grouping,
    GroupingContext,
    NewArticle,
    Placement,
    StorylineContext,
    Vote,
)
from aggregator.model import Article, Outlet
from aggregator.store.reasons import article_reason

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Row = tuple[str, float, str, str]
"""Outlet, hours after noon, title and summary."""


def new_article(
    number: int, outlet: str, hours: float, title: str, summary: str = "", url: str | None = None, **changes: Any
) -> NewArticle:
    """Return a new article with this number as its key."""
    article = Article(
        id=f"a{number}",
        url=url or f"https://{outlet.lower().replace(' ', '')}.example/{number}",
        title=title,
        summary=summary,
        published=NOON + timedelta(hours=hours),
        first_seen=NOON + timedelta(days=300),
        language="en",
        source=Outlet(outlet),
    ).replace(**changes)
    return new_of(number, article, f"{outlet}\n{article.id}")


def new_of(key: int, article: Article, seed: str) -> NewArticle:
    """Return what is grouped of an article."""
    return NewArticle(
        key=key,
        wording=wording_of(article),
        time=int(article.order.timestamp()),
        first_seen=int(article.first_seen.timestamp()),
        seed=seed,
    )


def article_of(new: NewArticle) -> Article:
    """Return an article with this wording."""
    return Article(
        id=f"a{new.key}",
        url=new.wording.url,
        title=new.wording.title,
        summary=new.wording.summary,
        published=datetime.fromtimestamp(new.wording.date, UTC) if new.wording.dated else None,
        first_seen=datetime.fromtimestamp(new.first_seen, UTC),
        language=new.wording.language,
        source=Outlet(new.wording.outlet),
    )


def new_articles(rows: Sequence[Row]) -> list[NewArticle]:
    """Return new articles, numbered from 0."""
    return [new_article(number, *row) for number, row in enumerate(rows)]


def story_groups(stories: Mapping[int, str]) -> list[list[int]]:
    """Return the articles of each story, by key."""
    groups: dict[str, list[int]] = {}
    for key, story in sorted(stories.items()):
        groups.setdefault(story, []).append(key)
    return sorted(groups.values())


class GroupingRuns:
    """Groups articles in several runs, and keeps the results as the store does."""

    def __init__(self, **settings: Any) -> None:
        self.settings = StoriesSettings(**settings)
        self.stories: dict[int, str] = {}
        self.why: dict[int, str | None] = {}
        self.copies: dict[int, int] = {}
        self.redirects: dict[str, str] = {}
        self._began: dict[str, int] = {}
        self._articles: dict[int, Article] = {}
        self._wordings: dict[int, Wording] = {}
        self._records: dict[int, bytes] = {}
        self._links: dict[int, bytes] = {}
        self._frequencies: bytes | None = None
        self.storylines: dict[str, str] = {}  # by story
        self.storyline_why: dict[str, str | None] = {}
        self.links: dict[int, list[int]] = {}  # from the texts of articles to others, by key
        self.excluded: frozenset[str] = frozenset()
        self.profiles: dict[str, bytes] = {}

    def count_words(self, articles: Sequence[NewArticle]) -> None:
        """Count the words of articles that are not grouped, as if they had been grouped long ago."""
        frequencies = Frequencies(self._frequencies)
        frequencies.count(make_records([one.wording for one in articles]), np.zeros(0, RECORD))
        self._frequencies = frequencies.serialise()

    def run(self, new: Sequence[NewArticle], decisions: Sequence[Decision] = (), vote: Vote | None = None) -> Grouping:
        """Group new articles with those of earlier runs."""
        self._articles |= {item.key: article_of(item) for item in new}
        self._wordings |= {item.key: item.wording for item in new}
        context = GroupingContext(
            grouped=self._grouped(),
            lookup=lambda keys: {key: self._wordings[key] for key in keys},
            stories=self._stories,
            decisions=decisions,
            vote=vote,
            articles=lambda keys: {key: self._articles[key] for key in keys},
            frequencies=self._frequencies,
            storylines=self._storyline_context,
        )
        grouping = group(new, context, self.settings)
        for placement in grouping.placements:
            self._place(placement)
        self.redirects |= grouping.merged
        self._began |= grouping.new_stories
        self._records |= grouping.records
        self._links |= {key: grouping.links.get(key, b"") for key in grouping.records}
        self._frequencies = grouping.frequencies
        self.profiles |= grouping.profiles
        for one in grouping.storylines:
            assert one.story not in self.storylines, "a story keeps its storyline"
            self.storylines[one.story], self.storyline_why[one.story] = one.storyline, one.why
        return grouping

    def reason(self, key: int) -> str:
        """Return why an article is in its story, in words."""
        return article_reason(self.why[key], self.copies.get(key), self._articles.get)

    def storyline_reason(self, story: str) -> str:
        """Return why a story is in its storyline, in words; its first article is the one with the smallest key."""
        reason = decode(self.storyline_why[story])
        assert isinstance(reason, Continues)
        first = self._articles[min(key for key, one in self.stories.items() if one == reason.cites)]
        return reason.text(first.source.name, first.title, first.order)

    def _storyline_context(self) -> StorylineContext:
        stories = {*self.stories.values()}
        return StorylineContext(
            earlier=[
                EarlierStory(story, self._began[story], self.storylines.get(story), profile)
                for story, profile in self.profiles.items()
                if story in stories
            ],
            excluded=self.excluded,
            linked=lambda keys: {
                key: [(other, self.stories.get(other)) for other in self.links[key]]
                for key in keys
                if key in self.links
            },
        )

    def _place(self, placement: Placement) -> None:
        self.stories[placement.key], self.why[placement.key] = placement.story, placement.why
        if placement.duplicate_of is not None:
            self.copies[placement.key] = placement.duplicate_of

    def _grouped(self) -> list[GroupedArticle]:
        return [
            GroupedArticle(
                key=key,
                time=int(self._articles[key].order.timestamp()),
                first_seen=int(self._articles[key].first_seen.timestamp()),
                outlet=self._articles[key].source.name,
                story=self.stories[key],
                record=self._records.get(key),
                links=self._links.get(key),
            )
            for key in self.stories
            if key not in self.copies
        ]

    def _stories(self, ids: Collection[str]) -> dict[str, GroupedStory]:
        sizes = Counter(story for key, story in self.stories.items() if key not in self.copies)
        return {story: GroupedStory(self._began[story], sizes[story]) for story in ids}


def grouped(new: Sequence[NewArticle], **settings: Any) -> GroupingRuns:
    """Group articles in one run."""
    runs = GroupingRuns(**settings)
    runs.run(new)
    return runs
