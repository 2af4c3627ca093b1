"""Find the storylines of the stories that a grouping has changed.

A story without a storyline is compared with the stories that began before it. It founds a storyline together with a
story that it clearly continues, or joins the storyline of that. Two stories that grouping keeps apart only because of
their dates continue each other, unless all articles are of one outlet, which repeats itself. A storyline of several
stories has a core, the words that most of its stories share: a story that joins must have them, so that a storyline
does not drift from one subject to the next, and need not resemble one of the stories as clearly. A link in the text of
an article to an earlier one of its publisher also shows that a story continues, if the titles share a word. A story
that has a storyline keeps it.
"""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

import msgspec
import numpy as np

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.features.records import split_bytes, word_spellings
from aggregator.grouping.pairs.arrays import Bools
from aggregator.grouping.reasons import Continues, encode
from aggregator.grouping.storylines.profiles import is_current, make_profiles, read_profiles
from aggregator.grouping.storylines.resemblance import (
    MAX_WORDS,
    core_resemblance,
    earlier_pairs,
    is_of_one_outlet,
    log_odds,
    may_share,
    share_title_word,
    shared_words,
)
from aggregator.grouping.types import (
    EarlierStory,
    Grouping,
    StorylineContext,
    StorylinePlacement,
    in_order,
    storyline_id,
)

ONE_STORY, TWO_STORIES, MORE_STORIES = 1.5, 0.5, -2.0
"""Log-odds from which a story continues a single earlier story; or one of the stories of a storyline of two, or of
more, if it also shares the core."""
CORE_OF_TWO, CORE_OF_MORE = 6.0, 5.5
"""What it must share of the core of these storylines (`resemblance.core_resemblance`)."""
CLOSE = 3.0
"""Log-odds taken for two stories that only their dates keep apart (`Clusters.kept_apart_by_dates`)."""
SPELLED_ARTICLES = 5
"""Articles of a story that are searched for the spelling of its words."""

Candidates = dict[int, list[tuple[float, int]]]
"""By row of a story: log-odds and row of the earlier stories that it resembles."""


class Continuation(msgspec.Struct, frozen=True):
    """A story continues an earlier one, both by row. `linked`: a text links to it; `founds`: they found a storyline."""

    late: int
    early: int
    storyline: str
    linked: bool
    founds: bool


class StorylineFinder:
    """The stories of the last weeks by row, in order of time, and their storylines.

    `began`: returns when stories began, by their ids; `kept_apart`: pairs of stories that only their dates keep apart.
    """

    def __init__(
        self,
        index: ArticleIndex,
        grouping: Grouping,
        began: Callable[[Collection[str]], Sequence[int]],
        context: StorylineContext,
        kept_apart: Sequence[tuple[str, str]],
    ) -> None:
        self._index = index
        self._grouping = grouping
        self._context = context
        self._kept_apart = kept_apart
        earlier = [one for one in context.earlier if is_current(one.profile)]
        self._members = _changed_stories(index, grouping, {one.id for one in earlier})
        if self._members:
            self._make_profiles()
            self._links = context.linked([state.key for state in index.states if state.new])
            earlier = self._relevant(earlier)
        self._storyline_of = {one.id: one.storyline for one in context.earlier if one.storyline}
        for old, new in grouping.merged.items():
            if old in self._storyline_of:
                self._storyline_of.setdefault(new, self._storyline_of[old])
        left_out = self._members.keys() | grouping.merged.keys() | context.excluded
        stories = [(one.id, one.began, one.profile) for one in earlier if one.id not in left_out]
        changed = {story: body for story, body in grouping.profiles.items() if story not in context.excluded}
        stories += zip(changed, began(changed), changed.values(), strict=True)
        profiles = read_profiles(b"".join([body for _, _, body in stories]))
        times = np.array([time for _, time, _ in stories], np.int64)
        order = np.lexsort((profiles["words"][:, 0], times))
        self._ids = [stories[number][0] for number in order.tolist()]
        self._began, self._profiles = times[order], profiles[order]
        self._row_of = {story: row for row, story in enumerate(self._ids)}
        self._rows_of: dict[str, list[int]] = defaultdict(list)  # by storyline
        for row, story in enumerate(self._ids):
            if story in self._storyline_of:
                self._rows_of[self._storyline_of[story]].append(row)

    def find(self) -> None:
        """Add the storylines of stories to the grouping."""
        examined = np.array([one in self._members and one not in self._storyline_of for one in self._ids], bool)
        if not examined.any():
            return
        linked = self._linked(examined)
        candidates = self._candidates(examined)
        found = []
        for late in sorted(linked.keys() | candidates.keys()):
            early = linked.get(late)
            if early is None:
                early = self._continued(late, candidates[late])
            if early is not None:
                found.append(self._continue(late, early, late in linked))
        self._grouping.storylines = [*self._placements(found)]

    def _make_profiles(self) -> None:
        positions = [position for members in self._members.values() for position in members]
        sizes = np.array([len(members) for members in self._members.values()], np.int64)
        profiles = make_profiles(self._index.records[positions], sizes, self._index.outlet_hashes(positions))
        self._grouping.profiles = dict(zip(self._members, split_bytes(profiles), strict=True))

    def _relevant(self, earlier: Sequence[EarlierStory]) -> list[EarlierStory]:
        """Return the earlier stories that a changed one may continue, with those of their storylines.

        Most runs have few new articles.
        """
        profiles = read_profiles(b"".join([one.profile for one in earlier]))
        changed = read_profiles(b"".join(self._grouping.profiles.values()))
        rows = {*np.flatnonzero(may_share(profiles, changed)).tolist()}
        storylines = {earlier[row].storyline for row in rows} - {None}
        linked = {story for targets in self._links.values() for _, story in targets}
        return [
            one for row, one in enumerate(earlier) if row in rows or one.storyline in storylines or one.id in linked
        ]

    # Evidence

    def _candidates(self, examined: Bools) -> Candidates:
        candidates: Candidates = defaultdict(list)
        for early_row, row in sorted({in_order(self._row(a), self._row(b)) for a, b in self._kept_apart}):
            known = 0 <= early_row < row
            if known and examined[row] and not is_of_one_outlet(*self._profiles[[early_row, row]]):
                candidates[row].append((CLOSE, early_row))
        if self._index.frequencies.cold_start:
            return candidates  # it is not known yet which words are common
        early, late, frequency = earlier_pairs(self._profiles, self._began, examined)
        scores = log_odds(self._profiles, self._began, early, late, frequency)
        for pair in np.flatnonzero(scores >= MORE_STORIES).tolist():
            candidates[int(late[pair])].append((float(scores[pair]), int(early[pair])))
        return candidates

    def _linked(self, examined: Bools) -> dict[int, int]:
        """Return the latest story, by row, that each examined story links to and that is about the same subject."""
        if not self._links:
            return {}
        story_of = {state.key: state.story for state in self._index.states}
        linked: dict[int, int] = {}
        for key, targets in self._links.items():
            late = self._row(story_of[key] or "")
            for target, stored in targets if late >= 0 and examined[late] else ():
                early = self._row(story_of.get(target, stored) or "")
                if linked.get(late, -1) < early < late and share_title_word(*self._profiles[[early, late]]):
                    linked[late] = early
        return linked

    def _row(self, story: str) -> int:
        """Return the row of a story, or of the one that it was merged into; -1 if there is none."""
        return self._row_of.get(self._grouping.merged.get(story, story), -1)

    # Decisions

    def _continued(self, late: int, candidates: Sequence[tuple[float, int]]) -> int | None:
        """Return the story that another one continues, by row: the most similar one of the storylines it may join."""
        by_storyline: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for pair in candidates:
            story = self._ids[pair[1]]
            by_storyline[self._storyline_of.get(story, story)].append(pair)
        possible = [max(pairs) for storyline, pairs in by_storyline.items() if self._may_join(late, storyline, pairs)]
        return max(possible)[1] if possible else None

    def _may_join(self, late: int, storyline: str, pairs: Sequence[tuple[float, int]]) -> bool:
        """Return whether a story continues a storyline, or the single story with this id."""
        rows, highest = self._rows_of.get(storyline, ()), max(pairs)[0]
        if len(rows) < 2:
            return highest >= ONE_STORY
        enough, core = (TWO_STORIES, CORE_OF_TWO) if len(rows) == 2 else (MORE_STORIES, CORE_OF_MORE)
        return highest >= enough and core_resemblance(self._profiles[late], self._profiles[rows]) >= core

    def _continue(self, late: int, early: int, linked: bool) -> Continuation:
        earlier = self._ids[early]
        founds = earlier not in self._storyline_of
        storyline = self._storyline_of.setdefault(earlier, storyline_id(earlier))
        self._storyline_of[self._ids[late]] = storyline
        self._rows_of[storyline] += [early, late] if founds else [late]
        return Continuation(late, early, storyline, linked, founds)

    # Reasons

    def _placements(self, found: Sequence[Continuation]) -> Iterator[StorylinePlacement]:
        for one, reason in zip(found, self._reasons(found), strict=True):
            if one.founds:
                yield StorylinePlacement(self._ids[one.early], one.storyline)
            yield StorylinePlacement(self._ids[one.late], one.storyline, reason)

    def _reasons(self, found: Sequence[Continuation]) -> Iterator[str]:
        words_of = [shared_words(self._profiles[one.late], self._profiles[one.early], MAX_WORDS) for one in found]
        members = [self._first_members(self._ids[one.late], SPELLED_ARTICLES) for one in found]
        wordings = self._index.wordings([position for positions in members for position in positions])
        wanted = [words for words, positions in zip(words_of, members, strict=True) for _ in positions]
        spellings = iter(word_spellings(wordings, wanted))
        for one, words, positions in zip(found, words_of, members, strict=True):
            spelling = ChainMap(*islice(spellings, len(positions)))
            spelled = tuple(spelling[word] for word in words if word in spelling)
            yield encode(Continues(self._ids[one.early], spelled, one.linked))

    def _first_members(self, story: str, limit: int) -> list[int]:
        states = self._index.states
        members = self._members[story]
        return sorted(members, key=lambda position: (states[position].time, states[position].key))[:limit]


def _changed_stories(index: ArticleIndex, grouping: Grouping, known: set[str]) -> dict[str, list[int]]:
    """Return the positions of the articles, without copies, of the stories that have changed or have no profile."""
    members: dict[str, list[int]] = defaultdict(list)
    changed = {one.story for one in grouping.placements}
    for position, state in enumerate(index.states):
        story = state.story
        if story is not None and state.original is None:
            members[story].append(position)
            if state.key in grouping.records:
                changed.add(story)
    return {story: positions for story, positions in members.items() if story in changed or story not in known}
