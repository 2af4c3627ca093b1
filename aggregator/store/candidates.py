"""Reads what stories are selected and ranked by, without their texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Self

import msgspec

from aggregator.model import Outlet, Story
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks, outlet_of, texts_of
from aggregator.store.prepared import Prepared
from aggregator.store.stories import Selection, in_order, source_names

_READ = Prepared(
    "SELECT a.story, a.key, a.founder, a.date, a.id, a.duplicate_of, a.outlet, a.outlet_url, a.place, a.language, "
    "a.tags, s.address, s.name FROM articles a JOIN sources s ON s.key = a.source WHERE a.story IN :stories"
)


class Candidate(msgspec.Struct, frozen=True):
    """What a story is ranked by.

    `order`: `Story.order`; `outlets`: the names of `Story.outlets`, in order; `places`: outlets of its articles and
    copies; `tags`: of its articles; `place`: the best one of its articles in sources that list them by importance.
    """

    id: str
    order: datetime
    outlets: tuple[str, ...]
    places: tuple[Outlet, ...]
    tags: frozenset[str]
    place: int | None

    @classmethod
    def of(cls, story: Story) -> Self:
        """Return what this story is ranked by."""
        articles = story.articles
        return cls(
            id=story.id,
            order=story.order,
            outlets=tuple(outlet.name for outlet in story.outlets),
            places=tuple(
                dict.fromkeys((*(one.source for one in articles), *(one.article.source for one in story.copies)))
            ),
            tags=frozenset(tag for article in articles for tag in article.tags),
            place=min((article.place for article in articles if article.place), default=None),
        )


class _Member(NamedTuple):
    """The row of an article."""

    key: int
    founder: int | None
    date: int
    id: str
    duplicate_of: int | None
    outlet: str
    outlet_url: str | None
    place: int | None
    language: str | None
    stored_tags: str | None
    address: str
    source_name: str | None

    @property
    def tags(self) -> tuple[str, ...]:
        return texts_of(self.stored_tags)

    @property
    def names(self) -> tuple[str | None, ...]:
        return self.address, self.source_name, self.outlet


def matching_candidates(connection: Connection, ids: Sequence[str], selection: Selection) -> Iterator[Candidate]:
    """Yield those of these stories that match a selection."""
    members: dict[str, list[_Member]] = defaultdict(list)
    for chunk in chunks(ids):
        for story, *values in _READ.execute(connection, stories=chunk):
            members[story].append(_Member._make(values))
    for story in ids:
        if story in members:
            own, copies = in_order(members[story])
            if selection.matches(own, source_names(members[story])):
                yield _candidate(story, own, copies)


def _candidate(story: str, own: Sequence[_Member], copies: Sequence[_Member]) -> Candidate:
    return Candidate(
        id=story,
        order=datetime.fromtimestamp(max(one.date for one in own), UTC),  # `date` is the order of an article
        outlets=tuple(dict.fromkeys(one.outlet for one in own)),
        places=tuple(dict.fromkeys(outlet_of(one.outlet, one.outlet_url) for one in (*own, *copies))),
        tags=frozenset(tag for one in own if one.stored_tags for tag in one.tags),
        place=min((one.place for one in own if one.place), default=None),
    )
