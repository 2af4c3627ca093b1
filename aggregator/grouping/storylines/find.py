"""Find the storylines of the stories that a grouping has changed.

A story without a storyline is compared with the stories that began before it. It joins the storyline that it resembles
most, or founds one together with a story that it clearly continues. Of a storyline with several stories, it must
resemble several, so that a storyline does not drift from one subject to the next. A link in the text of an article to
an earlier one of its publisher also shows that a story continues, if the titles share a word. A story that has a
storyline keeps it.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from aggregator.grouping.article_index import ArticleIndex
from aggregator.grouping.features.records import word_spellings
from aggregator.grouping.features.run_length import find_runs
from aggregator.grouping.pairs.arrays import Bools
from aggregator.grouping.storylines.profiles import is_current, make_profiles, read_profiles
from aggregator.grouping.storylines.resemblance import earlier_pairs, log_odds, share_title_word, shared_words
from aggregator.grouping.types import Grouping, StorylineContext, StorylinePlacement, storyline_id
from aggregator.model import Article

THRESHOLDS = (1.4, 1.0, 0.3)
"""Mean log-odds that a story must reach with one earlier story, with two, and with three or more."""
LEAST_STORIES, STORY_SHARE = 3, 0.25
"""Stories of a storyline that are averaged, those that it resembles most: so many, or this share if that is more."""
MIN_LOG_ODDS = -2.0
"""The log-odds of stories that share less than two words, and of those that have lower ones."""
MAX_WORDS = 5
"""Shared words that a reason lists at most."""
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
    """The stories of the last weeks by row, in order of time, and their storylines. `began`: of stories, by id."""

    def __init__(
        self, index: ArticleIndex, grouping: Grouping, began: Mapping[str, int], context: StorylineContext
    ) -> None:
        self._index = index
        self._grouping = grouping
        self._context = context
        earlier = [one for one in context.earlier if is_current(one.profile)]
        self._members = _changed_stories(index, grouping, {one.id for one in earlier})
        if self._members:
            self._make_profiles()
        self._storyline_of = {one.id: one.storyline for one in context.earlier if one.storyline}
        for old, new in grouping.merged.items():
            if old in self._storyline_of:
                self._storyline_of.setdefault(new, self._storyline_of[old])
        left_out = self._members.keys() | grouping.merged.keys() | context.excluded
        stories = [(one.id, one.began, one.profile) for one in earlier if one.id not in left_out]
        changed = grouping.profiles.items()
        stories += [(story, began[story], body) for story, body in changed if story not in context.excluded]
        profiles = read_profiles(b"".join([body for _, _, body in stories]))
        times = np.array([time for _, time, _ in stories], np.int64)
        order = np.lexsort((profiles["words"][:, 0], times))
        self._ids = [stories[number][0] for number in order.tolist()]
        self._began, self._profiles = times[order], profiles[order]
        self._sizes = Counter(self._storyline_of[story] for story in self._ids if story in self._storyline_of)

    def find(self) -> None:
        """Add the storylines of stories to the grouping."""
        examined = np.array([one in self._members and one not in self._storyline_of for one in self._ids], bool)
        if not examined.any():
            return
        linked = self._linked(np.flatnonzero(examined).tolist())
        candidates = self._candidates(examined)
        found = []
        for late in sorted(linked.keys() | candidates.keys()):
            early = linked.get(late)
            if early is None:
                early = self._closest(candidates[late])
            if early is not None:
                found.append(self._continue(late, early, late in linked))
        self._grouping.storylines = [*self._placements(found)]

    def _make_profiles(self) -> None:
        positions = [position for members in self._members.values() for position in members]
        sizes = np.array([len(members) for members in self._members.values()], np.int64)
        outlets = np.array([zlib.crc32(name.encode()) for name in self._index.outlets(positions)], np.uint32)
        profiles = make_profiles(self._index.records[positions], sizes, outlets)
        self._grouping.profiles = {
            story: profile.tobytes() for story, profile in zip(self._members, profiles, strict=True)
        }

    # Evidence

    def _candidates(self, examined: Bools) -> Candidates:
        if self._index.frequencies.cold_start:
            return {}  # it is not known yet which words are common
        early, late, frequency = earlier_pairs(self._profiles, self._began, examined)
        scores = log_odds(self._profiles, self._began, early, late, frequency)
        enough = scores > MIN_LOG_ODDS
        early, late, scores = early[enough], late[enough], scores[enough]
        starts, lengths = find_runs(late)
        pairs = [*zip(scores.tolist(), early.tolist(), strict=True)]
        return {
            row: pairs[start : start + length]
            for row, start, length in zip(late[starts].tolist(), starts.tolist(), lengths.tolist(), strict=True)
        }

    def _linked(self, rows: Sequence[int]) -> dict[int, int]:
        """Return the latest story, by row, that each of these stories links to and that is about the same subject."""
        states = self._index.states
        row_of_key = {
            states[position].key: row
            for row in rows
            for position in self._members[self._ids[row]]
            if states[position].new
        }
        links = self._context.linked([*row_of_key])
        if not links:
            return {}
        row_of, story_of = {story: row for row, story in enumerate(self._ids)}, {one.key: one.story for one in states}
        linked: dict[int, int] = {}
        for key, targets in links.items():
            late = row_of_key[key]
            for target, stored in targets:
                story = story_of.get(target, stored)
                early = row_of.get(self._grouping.merged.get(story, story) if story else "", late)
                if linked.get(late, -1) < early < late and share_title_word(*self._profiles[[early, late]]):
                    linked[late] = early
        return linked

    # Decisions

    def _closest(self, candidates: Sequence[tuple[float, int]]) -> int | None:
        """Return the earlier story that a story continues, by row: the most similar one of the closest storyline."""
        by_storyline: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for pair in candidates:
            story = self._ids[pair[1]]
            by_storyline[self._storyline_of.get(story, story)].append(pair)
        closest, most = None, 0.0
        for storyline, pairs in by_storyline.items():
            size = self._sizes.get(storyline, 1)
            count = min(size, max(LEAST_STORIES, int(STORY_SHARE * size)))
            best = sorted(pairs, reverse=True)[:count]
            mean = (sum(score for score, _ in best) + MIN_LOG_ODDS * (count - len(best))) / count
            excess = mean - THRESHOLDS[min(count, len(THRESHOLDS)) - 1]
            if excess >= most:
                closest, most = best[0][1], excess
        return closest

    def _continue(self, late: int, early: int, linked: bool) -> Continuation:
        earlier = self._ids[early]
        founds = earlier not in self._storyline_of
        storyline = self._storyline_of.setdefault(earlier, storyline_id(earlier))
        self._storyline_of[self._ids[late]] = storyline
        self._sizes[storyline] += 1 + founds
        return Continuation(late, early, storyline, linked, founds)

    # Reasons

    def _placements(self, found: Sequence[Continuation]) -> Iterator[StorylinePlacement]:
        earlier = {self._ids[one.early] for one in found}
        articles = self._context.founders(sorted(earlier - self._grouping.new_stories.keys()))
        for one in found:
            story = self._ids[one.early]
            if one.founds:
                yield StorylinePlacement(story, one.storyline)
            article = articles.get(story) or self._first_articles(story, 1)[0]
            yield StorylinePlacement(self._ids[one.late], one.storyline, self._reason(one, article))

    def _reason(self, one: Continuation, earlier: Article) -> str:
        words = shared_words(self._profiles[one.late], self._profiles[one.early], MAX_WORDS)
        spellings = word_spellings(words, self._first_articles(self._ids[one.late], SPELLED_ARTICLES))
        spelled = [spellings[word] for word in words if word in spellings]
        evidence = ["links to it"] if one.linked else []
        evidence += [f"shares {', '.join(spelled)}"] if spelled else []
        return f"continues “{earlier.title}” ({earlier.source.name}, {earlier.order.date()}): {'; '.join(evidence)}"

    def _first_articles(self, story: str, limit: int) -> list[Article]:
        states = self._index.states
        members = sorted(self._members[story], key=lambda position: (states[position].time, states[position].key))
        return self._index.articles(members[:limit])


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
