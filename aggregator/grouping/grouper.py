"""What is decided about the articles of the window, batch by batch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from aggregator.grouping.article_index import LINK, Shelf
from aggregator.grouping.clusters import ALIKE, APART, Groups, Links
from aggregator.grouping.copies.hide import hide_copies
from aggregator.grouping.copies.judge import UPDATE_HOURS
from aggregator.grouping.explain import Telling
from aggregator.grouping.pairs.arrays import TITLE, Bools, Floats, Window
from aggregator.grouping.pairs.candidates import pairs, twins
from aggregator.grouping.pairs.model import likeness
from aggregator.grouping.pairs.run_length import Ints, runs
from aggregator.grouping.reasons import FOLLOWED
from aggregator.grouping.settings import STRICTNESS, StoriesSettings
from aggregator.grouping.story_ids import Row, assign
from aggregator.grouping.types import Decision, Grouping, Lookup, Member, Pair, Placed, Placement, Vote, in_order

LEAST = -2.0
"""Log-odds from which a pair is a link."""
COPY = 0.6
"""Likeness of wording (cosine) from which a pair is worth being looked at as copies."""
RUBRIC = 5
"""Words at most of a headline that an outlet puts over every instalment of a series."""
STEP = 3600
"""Seconds of news that are taken in at once."""


class Board:
    """The stories as they were and as they become. Articles are known by their place on the shelf."""

    def __init__(  # noqa: PLR0913 - what `group` is given
        self,
        placed: Sequence[Placed],
        settings: StoriesSettings,
        lookup: Lookup,
        decisions: Sequence[Decision],
        vote: Vote | None,
        frequencies: bytes | None,
    ) -> None:
        self._enabled = settings.enabled
        self._span = int(settings.window.total_seconds())
        self._strictness = STRICTNESS[settings.strictness]
        self._vote = vote
        self._together = [(one.a, one.b) for one in decisions if one.same]
        self._parted = frozenset(in_order(one.a, one.b) for one in decisions if not one.same)
        self._shelf = Shelf(lookup, frequencies)
        self._shelf.add_placed(placed)
        self._began = {one.story: one.began for one in placed}
        self._sizes = Counter({one.story: one.size for one in placed})
        self._stored = frozenset(self._began)
        self._merged: dict[str, str] = {}
        self._places: dict[str, list[int]] = defaultdict(list)  # of each story
        for place, one in enumerate(placed):
            self._places[one.story].append(place)

    def place(self, batch: Sequence[Member]) -> None:
        """Find a story for each of these, and let the stories that they touch grow or go together."""
        first = len(self._shelf.rows)
        anew = self._shelf.add_new(batch)
        near = self._originals(self._shelf.near(first, self._span))
        self._hide(near, zip(*twins(self._shelf.records, near, near >= first), strict=True))
        near = self._originals(near)
        if not self._enabled:
            self._settle([[place] for place in near.tolist() if place >= first])
            return
        window = self._shelf.window(near)
        touched = self._linked(window, near, first, anew)
        self._regroup(window, near, self._chosen(near, touched, first, anew), anew)

    def outcome(self) -> Grouping:
        """All that has been decided."""
        rows = self._shelf.rows
        for row in rows:
            if row.original is not None:
                row.story = rows[row.original].story
        made = self._shelf.made()
        return Grouping(
            placements=[self._placement(row) for row in rows if row.story != row.was],
            merged={old: new for old, new in self._merged.items() if old in self._stored},
            began={story: began for story, began in self._began.items() if story not in self._stored},
            records=made,
            links={row.key: row.links for row in rows if row.links and row.key in made},
            frequencies=self._shelf.frequencies.kept(),
        )

    def _placement(self, row: Row) -> Placement:
        assert row.story is not None
        original = None if row.original is None else self._shelf.rows[row.original].key
        return Placement(key=row.key, story=row.story, why=row.why, duplicate_of=original, was=row.was)

    # Copies

    def _originals(self, places: Ints) -> Ints:
        return places[self._are_originals(places)]

    def _are_originals(self, places: Ints) -> Bools:
        return np.array([self._shelf.rows[place].original is None for place in places.tolist()], bool)

    def _hide(self, near: Ints, alike: Iterable[Pair]) -> None:
        hide_copies(self._shelf, ((int(near[a]), int(near[b])) for a, b in alike), self._parted)

    # Links

    def _linked(self, window: Window, near: Ints, first: int, anew: bool) -> Ints:
        """Find and keep the links of the new articles; the places of all that have one."""
        early, late, odds = self._links(window, near, (near >= first) | anew)
        self._keep_links(near[early], near[late], odds, first)
        return np.unique(np.concatenate((near[early], near[late])))

    def _links(self, window: Window, near: Ints, new: Bools) -> tuple[Ints, Ints, Floats]:
        """The links of the new articles that are no copies: numbers in the list `near`, by time, and log-odds."""
        early, late = pairs(window, new, self._span)
        odds, cosine = likeness(window, early, late)
        alike = cosine >= COPY
        self._hide(near, zip(early[alike].tolist(), late[alike].tolist(), strict=True))
        original = self._are_originals(near)
        kept = (
            (odds >= LEAST)
            & original[early]
            & original[late]
            & ~_is_series(window, self._shelf.records["title"][near], early, late)
        )
        early, late, odds = early[kept], late[kept], odds[kept]
        return early, late, self._voted(near[early], near[late], odds) if self._vote else odds

    def _voted(self, early: Ints, late: Ints, odds: Floats) -> Floats:
        """The log-odds of these pairs of places as plugins would have them."""
        assert self._vote
        olders, newers = self._shelf.articles(early.tolist()), self._shelf.articles(late.tolist())
        voted = odds.copy()
        for n, (older, newer) in enumerate(zip(olders, newers, strict=True)):
            said = self._vote(newer, older)
            if said is not None:
                voted[n] = ALIKE if said else APART
        return voted

    def _keep_links(self, early: Ints, late: Ints, odds: Floats, first: int) -> None:
        """Note each link with the article that came later."""
        rows = self._shelf.rows
        swapped = (late < first) & (early >= first)
        owner, other = np.where(swapped, early, late), np.where(swapped, late, early)
        order = np.argsort(owner, kind="stable")
        kept = np.empty(len(owner), LINK)
        kept["key"] = [rows[place].key for place in other[order].tolist()]
        kept["odds"] = odds[order]
        owner = owner[order]
        starts, sizes = runs(owner)
        for place, start, size in zip(owner[starts].tolist(), starts.tolist(), sizes.tolist(), strict=True):
            rows[place].links = kept[start : start + size].tobytes()

    def _chosen(self, near: Ints, touched: Ints, first: int, anew: bool) -> list[int]:
        """The new articles and those of the stories that they touch, as places, by time."""
        rows = self._shelf.rows
        stories = {rows[place].story for place in touched.tolist()}
        wanted = {place for story in stories if story for place in self._places[story]}
        return [
            place
            for place in near.tolist()
            if (anew or place >= first or place in wanted) and rows[place].original is None
        ]

    # Stories

    def _regroup(self, window: Window, near: Ints, chosen: list[int], anew: bool) -> None:
        """Let the stories of the chosen articles grow, and new ones begin."""
        rows = [self._shelf.rows[place] for place in chosen]
        groups = self._groups(rows, anew)
        links = _links_among(rows)
        for step in _steps(links, rows):
            groups.link(step)
        found = groups.groups()
        joined = self._settle([[chosen[n] for n in group] for group in found])
        places = np.array(chosen, np.int64)
        row_of = np.empty(len(self._shelf.rows), np.int64)
        row_of[near] = np.arange(len(near))
        telling = Telling(self._shelf, window, row_of[places], places, self._strictness)
        telling.explain(found, links, np.array([place in joined for place in chosen], bool))

    def _groups(self, rows: list[Row], anew: bool) -> Groups:
        """What belongs together already: the stories as they are, and what somebody has said."""
        number = {row.key: n for n, row in enumerate(rows)}
        stories: dict[str, list[int]] = defaultdict(list)
        for n, row in enumerate(rows):
            if row.story is not None:
                stories[row.story].append(n)
        whole = [
            (story, members)
            for story, members in stories.items()
            if not anew or len(members) < self._sizes[story]  # what reaches back further stays as it is
        ]
        sizes = [1] * len(rows)
        for story, members in whole:
            sizes[members[0]] += max(self._sizes[story] - len(members), 0)
        groups = Groups(sizes, self._strictness)
        groups.put_together((members[0], other) for _, members in whole for other in members[1:])
        groups.keep_apart((number[a], number[b]) for a, b in self._parted if a in number and b in number)
        groups.put_together((number[a], number[b]) for a, b in self._together if a in number and b in number)
        return groups

    def _settle(self, groups: Sequence[Sequence[int]]) -> set[int]:
        """Give each group its story; the places of the articles that joined one."""
        rows = self._shelf.rows
        assigned = assign([[rows[place] for place in group] for group in groups], self._began)
        self._began.update((story, founder.time) for story, founder in assigned.founded.items())
        joined = set()
        for story, group in zip(assigned.stories, groups, strict=True):
            for place in group:
                row = rows[place]
                if row.story != story:
                    self._move(place, story, None)
                    if assigned.founded.get(story) is not row:
                        joined.add(place)
        for old, new in assigned.merged.items():
            for place in list(self._places[old]):
                self._move(place, new, FOLLOWED)
            self._sizes[new] += self._sizes.pop(old)  # those that lie outside the window
            self._merged = {one: new if into == old else into for one, into in self._merged.items()} | {old: new}
        return joined

    def _move(self, place: int, story: str, why: str | None) -> None:
        row = self._shelf.rows[place]
        if row.story is not None:
            self._places[row.story].remove(place)
            self._sizes[row.story] -= 1
        self._places[story].append(place)
        self._sizes[story] += 1
        row.story, row.why = story, why


def _is_series(window: Window, title: Any, early: Ints, late: Ints) -> Bools:
    """Whether pairs of rows are instalments: no copies, though one outlet gave both one short headline, on other days.
    `title`: the key of each row's."""
    same: Bools = (title[early] == title[late]) & (title[early] > 0) & (window.outlet[early] == window.outlet[late])
    same &= window.time[late] - window.time[early] > UPDATE_HOURS * 3600
    there = np.flatnonzero(same)
    same[there] = (window.flags[early[there]] & TITLE > 0).sum(axis=1) <= RUBRIC
    return same


def _links_among(rows: Sequence[Row]) -> Links:
    """The links that these have with each other, by number."""
    found = np.frombuffer(b"".join([row.links for row in rows]), LINK)
    owner = np.repeat(np.arange(len(rows)), [len(row.links) // LINK.itemsize for row in rows])
    keys = np.array([row.key for row in rows], np.int64)
    order = np.argsort(keys)
    at = order[np.minimum(np.searchsorted(keys, found["key"], sorter=order), len(keys) - 1)]
    there = keys[at] == found["key"]
    return Links(at[there], owner[there], found["odds"][there])


def _steps(links: Links, rows: Sequence[Row]) -> Iterator[Links]:
    """The links in the order in which their articles came: by run, and within one by some hours of news at once."""
    if not len(links.a):
        return
    when = np.array([(row.arrived // STEP, row.time // STEP) for row in rows], np.int64)
    both = when[:, 0] << 32 | when[:, 1] - when[:, 1].min()
    step = np.maximum(both[links.a], both[links.b])
    order = np.argsort(step, kind="stable")
    starts, _ = runs(step[order])
    for some in np.split(order, starts[1:]):
        yield Links(links.a[some], links.b[some], links.odds[some])
