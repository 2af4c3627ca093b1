"""Articles for tests of grouping, and a room that groups them run by run as the store would have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.grouping.group import group
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import Decision, Grouping, Member, Placed, Placement, Vote
from aggregator.model import Article, Outlet

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Row = tuple[str, float, str, str]
"""Outlet, hours after noon, title and summary."""


def member(
    number: int, outlet: str, hours: float, title: str, summary: str = "", url: str | None = None, **changes: Any
) -> Member:
    """An article to be placed, known by its number."""
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
    return Member(key=number, article=article, seed=f"{outlet}\n{article.id}")


def members(rows: Sequence[Row]) -> list[Member]:
    """Articles, numbered from 0."""
    return [member(number, *row) for number, row in enumerate(rows)]


def together(stories: Mapping[int, str]) -> list[list[int]]:
    """The groups of articles that are in one story."""
    groups: dict[str, list[int]] = {}
    for key, story in sorted(stories.items()):
        groups.setdefault(story, []).append(key)
    return sorted(groups.values())


class Room:
    """Groups articles run by run, and keeps what a store keeps."""

    def __init__(self, **settings: Any) -> None:
        self.settings = StoriesSettings(**settings)
        self.stories: dict[int, str] = {}
        self.why: dict[int, str | None] = {}
        self.copies: dict[int, int] = {}
        self.led: dict[str, str] = {}
        self._began: dict[str, int] = {}
        self._articles: dict[int, Article] = {}
        self._records: dict[int, bytes] = {}
        self._links: dict[int, bytes] = {}
        self._frequencies: bytes | None = None

    def run(self, new: Sequence[Member], decisions: Sequence[Decision] = (), vote: Vote | None = None) -> Grouping:
        """Group these among those that were grouped before."""
        self._articles |= {one.key: one.article for one in new}
        found = group(
            new,
            self._placed(),
            self.settings,
            lambda keys: {key: self._articles[key] for key in keys},
            decisions=decisions,
            vote=vote,
            frequencies=self._frequencies,
        )
        for one in found.placements:
            self._take(one)
        self.led |= found.merged
        self._began |= found.began
        self._records |= found.records
        self._links |= {key: found.links.get(key, b"") for key in found.records}
        self._frequencies = found.frequencies
        return found

    def _take(self, one: Placement) -> None:
        self.stories[one.key], self.why[one.key] = one.story, one.why
        if one.duplicate_of is not None:
            self.copies[one.key] = one.duplicate_of

    def _placed(self) -> list[Placed]:
        originals = [key for key in self.stories if key not in self.copies]
        sizes = {story: 0 for story in self.stories.values()}
        for key in originals:
            sizes[self.stories[key]] += 1
        return [
            Placed(
                key=key,
                time=int(self._articles[key].order.timestamp()),
                arrived=int(self._articles[key].first_seen.timestamp()),
                outlet=self._articles[key].source.name,
                story=self.stories[key],
                began=self._began[self.stories[key]],
                size=sizes[self.stories[key]],
                record=self._records.get(key),
                links=self._links.get(key),
            )
            for key in originals
        ]


def grouped(new: Sequence[Member], **settings: Any) -> Room:
    """A room after one run."""
    room = Room(**settings)
    room.run(new)
    return room
