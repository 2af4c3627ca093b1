"""The grouping of one run: adds new articles to the stored ones, and assigns stories."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from aggregator.grouping.article_index import LINK, ArticleIndex
from aggregator.grouping.clusters import MAX_LOG_ODDS, NEVER, Clusters, Links
from aggregator.grouping.copies.hide import hide_copies
from aggregator.grouping.explain import JoinExplainer
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, stable_argsort
from aggregator.grouping.pairs.arrays import Bools, Window, count_before
from aggregator.grouping.pairs.candidates import candidate_pairs, possible_copies
from aggregator.grouping.pairs.model import score_pairs
from aggregator.grouping.pairs.series import are_series
from aggregator.grouping.reasons import STORY_MERGED
from aggregator.grouping.settings import STRICTNESS, StoriesSettings
from aggregator.grouping.story_ids import ArticleState, assign_stories
from aggregator.grouping.storylines.find import StorylineFinder
from aggregator.grouping.thresholds import Thresholds
from aggregator.grouping.types import (
    Grouping,
    GroupingContext,
    NewArticle,
    Pair,
    Placement,
    in_order,
)

MIN_LINK_LOG_ODDS = -2.0
"""Log-odds from which a pair is a link."""
COPY_COSINE = 0.6
"""Cosine of words from which a pair is checked for being a copy."""
STEP_SECONDS = 3600
"""Seconds of news whose links are added to the clusters together."""


class Grouper:
    """Stories before and after grouping. Articles are identified by their position in the index."""

    def __init__(self, context: GroupingContext, settings: StoriesSettings) -> None:
        decisions = context.decisions
        self._enabled = settings.enabled
        self._span = int(settings.window.total_seconds())
        self._strictness = STRICTNESS[settings.strictness]
        self._thresholds = Thresholds(self._strictness)
        self._vote, self._look_up_articles = context.vote, context.articles
        self._storylines = context.storylines
        self._kept_apart: list[tuple[str, str]] = []
        self._same_by_hand = [(decision.a, decision.b) for decision in decisions if decision.same]
        self._apart_by_hand = frozenset(in_order(decision.a, decision.b) for decision in decisions if not decision.same)
        self._index = ArticleIndex(context.lookup, context.frequencies)
        self._index.add_grouped(context.grouped)
        self._first_new = len(self._index.states)
        self._stored_stories = frozenset({state.story for state in self._index.states if state.story})
        self._look_up_stories = context.stories
        # Of stories that were looked up, and of new ones:
        self._began: dict[str, int] = {}
        self._sizes: Counter[str] = Counter()
        self._published: set[str] = set()
        self._positions_of: dict[str, list[int]] = defaultdict(list)
        self._merged: dict[str, str] = {}
        self._redirected: dict[str, list[str]] = defaultdict(list)  # the merged stories, by what they were merged into

    def add(self, new: Sequence[NewArticle]) -> None:
        """Assign stories to new articles, and extend or merge the stories that they are linked to."""
        first = self._first_new
        regroup_all = self._index.add_new(new)
        near = self._index.positions_near(first, self._span)
        self._hide_copies(near, zip(*possible_copies(self._index.records, near, near >= first), strict=True))
        near = self._originals(near)
        if not self._enabled:
            self._assign_stories([[position] for position in near.tolist() if position >= first])
            return
        window = self._index.window(near)
        linked = self._link_new(window, near, regroup_all)
        affected = self._affected(near, linked, regroup_all)
        self._thresholds = self._thresholds_for(window, near >= first)
        self._regroup(window, near, affected, regroup_all)

    def result(self) -> Grouping:
        """Return all changes since the stored state."""
        states = self._index.states
        for state in states:
            if state.original is not None:
                state.story = states[state.original].story
        records = self._index.unsaved_records()
        grouping = Grouping(
            placements=[self._placement(state) for state in states if state.story != state.stored_story],
            merged={old: new for old, new in self._merged.items() if old in self._stored_stories},
            new_stories={story: began for story, began in self._began.items() if story not in self._stored_stories},
            records=records,
            links={state.key: state.links for state in states if state.links and state.key in records},
            frequencies=self._index.frequencies.serialise(),
        )
        if self._storylines:
            StorylineFinder(self._index, grouping, self._beginnings, self._storylines(), self._kept_apart).find()
        return grouping

    def _placement(self, state: ArticleState) -> Placement:
        assert state.story is not None
        return Placement(
            key=state.key,
            story=state.story,
            why=state.why,
            duplicate_of=None if state.original is None else self._index.states[state.original].key,
            previous_story=state.stored_story,
        )

    # Copies

    def _originals(self, positions: Ints) -> Ints:
        return positions[self._are_originals(positions)]

    def _are_originals(self, positions: Ints) -> Bools:
        original = np.ones(len(self._index.states), bool)  # the articles of the store are
        original[self._first_new :] = [state.original is None for state in self._index.states[self._first_new :]]
        return original[positions]

    def _hide_copies(self, near: Ints, pairs: Iterable[Pair]) -> None:
        """Hide the copies among pairs of rows, which are indices into `near`."""
        hide_copies(self._index, ((int(near[a]), int(near[b])) for a, b in pairs), self._apart_by_hand)

    # Links

    def _link_new(self, window: Window, near: Ints, regroup_all: bool) -> Ints:
        """Find and keep the links of new articles; return the positions of all linked articles."""
        early, late, log_odds = self._find_links(window, near, (near >= self._first_new) | regroup_all)
        self._keep_links(near[early], near[late], log_odds)
        return np.unique(np.concatenate((near[early], near[late])))

    def _find_links(self, window: Window, near: Ints, new: Bools) -> tuple[Ints, Ints, Floats]:
        """Return the links of new articles that are not copies: rows by time, and log-odds."""
        early, late = candidate_pairs(window, new, self._span)
        log_odds, cosine = score_pairs(window, early, late)
        similar = cosine >= COPY_COSINE
        self._hide_copies(near, zip(early[similar].tolist(), late[similar].tolist(), strict=True))
        original = self._are_originals(near)
        is_link = (
            (log_odds >= MIN_LINK_LOG_ODDS)
            & original[early]
            & original[late]
            & ~are_series(window, self._index.records["title_key"][near], early, late)
        )
        early, late, log_odds = early[is_link], late[is_link], log_odds[is_link]
        return early, late, self._apply_votes(near[early], near[late], log_odds) if self._vote else log_odds

    def _apply_votes(self, early: Ints, late: Ints, log_odds: Floats) -> Floats:
        """Return the log-odds of these pairs of positions, replaced where plugins vote."""
        assert self._vote
        states = self._index.states
        pairs = [(states[a].key, states[b].key) for a, b in zip(early.tolist(), late.tolist(), strict=True)]
        articles = self._look_up_articles(sorted({key for pair in pairs for key in pair}))
        voted = log_odds.copy()
        for n, (older, newer) in enumerate(pairs):
            same_story = self._vote(articles[newer], articles[older])
            if same_story is not None:
                voted[n] = MAX_LOG_ODDS if same_story else NEVER
        return voted

    def _keep_links(self, early: Ints, late: Ints, log_odds: Floats) -> None:
        """Keep each link with the article that was first seen later."""
        states, first = self._index.states, self._first_new
        swapped = (late < first) & (early >= first)
        owner, other = np.where(swapped, early, late), np.where(swapped, late, early)
        order = np.argsort(owner, kind="stable")
        links = np.empty(len(owner), LINK)
        links["key"] = [states[position].key for position in other[order].tolist()]
        links["log_odds"] = log_odds[order]
        owner = owner[order]
        starts, sizes = find_runs(owner)
        for position, start, size in zip(owner[starts].tolist(), starts.tolist(), sizes.tolist(), strict=True):
            states[position].links = links[start : start + size].tobytes()

    def _affected(self, near: Ints, linked: Ints, regroup_all: bool) -> list[int]:
        """Return the positions of new articles, and of those in stories that they are linked to, by time."""
        states = self._index.states
        stories = self._stored_stories
        if not regroup_all:
            stories = stories & {states[position].story for position in linked.tolist()}
        self._load_stories(stories)
        return [
            position
            for position in near.tolist()
            if (position >= self._first_new or states[position].story in stories) and states[position].original is None
        ]

    # Stories

    def _load_stories(self, ids: frozenset[str]) -> None:
        """Look up stored stories, and the positions of their articles."""
        for story, stored in self._look_up_stories(ids).items():
            self._began[story], self._sizes[story] = stored.began, stored.size
            if stored.published:
                self._published.add(story)
        for position, state in enumerate(self._index.states):
            if state.story in ids:
                self._positions_of[state.story].append(position)

    def _beginnings(self, ids: Collection[str]) -> list[int]:
        """Return the time of the first article of each of these stories, in epoch seconds."""
        unknown = [story for story in ids if story not in self._began]
        self._began.update((story, stored.began) for story, stored in self._look_up_stories(unknown).items())
        return [self._began[story] for story in ids]

    def _thresholds_for(self, window: Window, new: Bools) -> Thresholds:
        """Return the thresholds of this run, by how many articles a new one is compared with."""
        compared = count_before(window, self._span)[new]
        return Thresholds(self._strictness, int(np.median(compared)) if len(compared) else 0)

    def _regroup(self, window: Window, near: Ints, affected: list[int], regroup_all: bool) -> None:
        """Cluster the affected articles, and explain what joined a story."""
        states = [self._index.states[position] for position in affected]
        clusters = self._initial_clusters(states, regroup_all)
        links = _links_among(states)
        for step in _in_steps(clusters.links_between(links), states):  # most are within stories
            clusters.add_links(step)
        groups = clusters.groups()
        kept_apart = [*clusters.kept_apart_by_dates()] if self._storylines else []
        del clusters  # with many links it takes a third of the memory
        joined = self._assign_stories([[affected[number] for number in group] for group in groups])
        self._kept_apart += [(states[a].story or "", states[b].story or "") for a, b in kept_apart]
        positions = np.array(affected, np.int64)
        row_of = np.empty(len(self._index.states), np.int64)
        row_of[near] = np.arange(len(near))
        explainer = JoinExplainer(self._index, window, row_of[positions], positions, self._thresholds)
        explainer.explain(groups, links, np.array([position in joined for position in affected], bool))

    def _initial_clusters(self, states: list[ArticleState], regroup_all: bool) -> Clusters:
        """Return clusters of the existing stories and of the decisions made by hand."""
        number_of = {state.key: n for n, state in enumerate(states)}
        members_of: dict[str, list[int]] = defaultdict(list)
        for n, state in enumerate(states):
            if state.story is not None:
                members_of[state.story].append(n)
        extended = [
            (story, members)
            for story, members in members_of.items()
            # Readers know the stories that were published; others have members outside the window.
            if not regroup_all or story in self._published or len(members) < self._sizes[story]
        ]
        sizes, times = [1] * len(states), [state.time for state in states]
        for story, members in extended:
            first, older = members[0], max(self._sizes[story] - len(members), 0)
            sizes[first] += older
            times[first] -= older * max(times[first] - self._began[story], 0) // (2 * sizes[first])  # the mean, about
        clusters = Clusters(times, sizes, self._thresholds)
        clusters.merge((members[0], other) for _, members in extended for other in members[1:])
        clusters.keep_apart(_numbered(self._apart_by_hand, number_of))
        clusters.merge(_numbered(self._same_by_hand, number_of))
        return clusters

    def _assign_stories(self, groups: Sequence[Sequence[int]]) -> set[int]:
        """Move articles to the stories of their groups; return the positions of those that joined a story."""
        states = self._index.states
        assignment = assign_stories([[states[position] for position in group] for group in groups], self._began)
        self._began.update((story, founder.time) for story, founder in assignment.founders.items())
        joined = set()
        for story, group in zip(assignment.stories, groups, strict=True):
            for position in group:
                state = states[position]
                if state.story != story:
                    self._move(position, story, None)
                    if assignment.founders.get(story) is not state:
                        joined.add(position)
        for old, new in assignment.merged.items():
            self._merge_story(old, new)
        return joined

    def _merge_story(self, old: str, new: str) -> None:
        for position in list(self._positions_of[old]):
            self._move(position, new, STORY_MERGED)
        self._sizes[new] += self._sizes.pop(old)  # articles outside the window
        redirected = [*self._redirected.pop(old, ()), old]
        self._merged.update(dict.fromkeys(redirected, new))
        self._redirected[new] += redirected

    def _move(self, position: int, story: str, why: str | None) -> None:
        state = self._index.states[position]
        if state.story is not None:
            self._positions_of[state.story].remove(position)
            self._sizes[state.story] -= 1
        self._positions_of[story].append(position)
        self._sizes[story] += 1
        state.story, state.why = story, why


def _numbered(pairs: Iterable[Pair], number_of: dict[int, int]) -> Iterator[Pair]:
    """Translate pairs of keys to pairs of numbers, without those that have none."""
    return ((number_of[a], number_of[b]) for a, b in pairs if a in number_of and b in number_of)


def _links_among(states: Sequence[ArticleState]) -> Links:
    """Return the links between these articles. Articles are numbered by their index in the sequence."""
    links = np.frombuffer(b"".join([state.links for state in states]), LINK)
    owner = np.repeat(np.arange(len(states), dtype=np.int32), [len(state.links) // LINK.itemsize for state in states])
    keys = np.array([state.key for state in states], np.int64)
    order = np.argsort(keys).astype(np.int32)  # numbers of 32 bits: there may be millions of links
    other = order[np.minimum(np.searchsorted(keys, links["key"], sorter=order), len(keys) - 1)]
    present = keys[other] == links["key"]
    return Links(other[present], owner[present], links["log_odds"][present])


def _in_steps(links: Links, states: Sequence[ArticleState]) -> Iterator[Links]:
    """Divide links by when their articles were first seen, and then by time of publication, in `STEP_SECONDS`."""
    if not len(links.a):
        return
    hours = np.array([(state.first_seen // STEP_SECONDS, state.time // STEP_SECONDS) for state in states], np.int64)
    hours -= hours.min(axis=0)
    sort_key = hours[:, 0] << 32 | hours[:, 1]
    step = np.maximum(sort_key[links.a], sort_key[links.b])
    order = stable_argsort(step)
    starts, _ = find_runs(step[order])
    for selected in np.split(order, starts[1:]):
        yield Links(links.a[selected], links.b[selected], links.log_odds[selected])
