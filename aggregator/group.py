"""Place new articles: copies under their original, and together what tells the same story.

An article is compared, when it comes, with the articles of the last days that share one of its telling words. It
joins the story to which its best links are strong enough, or founds one. Order is by date, so that neither the order of
arrival nor the number of runs decides what belongs together.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest

import msgspec

from aggregator.duplicates import Copies
from aggregator.model import Article
from aggregator.settings import StoriesSettings
from aggregator.wording import Rarity, Wording, is_series, read_wording

NAMESPACE = uuid.UUID("6f1f6f0e-5b0e-5f0a-9a51-1f3f6d1c2a77")
BAR = 0.26
"""The likeness (cosine, 0 to 1) from which two articles tell one story; measured by benchmarks/stories.py."""
OWN_BAR = 0.34
"""The same for two articles of one outlet, which repeats itself in series and templates."""
TELLING = 12
"""Terms by which an article is looked up: its weightiest."""
RECENT = 60
"""Articles looked at for each of these."""
CLOSEST = 24
"""Articles compared in full: those that have most of the telling terms' weight in common."""

Vote = Callable[[Article, Article], bool | None]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An article to be placed, or one that is. `key`: the store's; `seed`: its source and id, of which a story's id
    is made."""

    key: int
    article: Article
    seed: str
    story: str | None = None
    duplicate_of: int | None = None


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article belongs. `why`: the evidence in words, None for the founder of a story."""

    key: int
    story: str
    why: str | None = None
    duplicate_of: int | None = None


class _Placed(msgspec.Struct, frozen=True):
    """An article in its story, ready to be compared."""

    article: Article
    story: str
    vector: dict[str, float]
    wording: Wording


def story_id(seed: str) -> str:
    """A story's id for ever: a URN (RFC 9562, version 5) made of the article that founds it."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, seed)}"


def group(
    new: Sequence[Member], live: Sequence[Member], settings: StoriesSettings, vote: Vote | None = None
) -> list[Placement]:
    """Place each of the new articles among the live ones and each other.

    `live`: placed articles within the window around the new ones; `vote`: says of a pair that it is one story
    (True), that it is not (False), or nothing. One placement for each new member.
    """
    board = _Board(settings, vote)
    for member in [*live, *new]:
        board.count(member)
    for member in sorted(live, key=_order):
        board.settle(member)
    return [board.place(member) for member in sorted(new, key=_order)]


def _order(member: Member) -> tuple[object, ...]:
    return member.article.date, member.seed


class _Board:
    """The articles placed so far, and how to find those that are like another."""

    def __init__(self, settings: StoriesSettings, vote: Vote | None) -> None:
        self._window = settings.window
        self._vote = vote
        self._rarity = Rarity()
        self._copies = Copies()
        self._wordings: dict[int, Wording] = {}
        self._story_of: dict[int, str] = {}
        self._placed: list[_Placed] = []
        self._by_term: dict[str, list[int]] = defaultdict(list)

    def count(self, member: Member) -> None:
        """Let its words count for how rare words are."""
        if member.duplicate_of is None:
            wording = self._wordings[member.key] = read_wording(member.article)
            self._rarity.add(wording)

    def settle(self, member: Member) -> None:
        """Put an article where an earlier run has placed it."""
        if member.story is not None and member.duplicate_of is None:
            self._copies.add_original(member.key, member.article)
            self._add(member, member.story, self._vector(member))

    def place(self, member: Member) -> Placement:
        """Decide where a new article belongs."""
        if copy := self._copies.find(member.key, member.article):
            original, why = copy
            story = self._story_of[original]
            return Placement(key=member.key, story=story, why=why, duplicate_of=original)
        vector = self._vector(member)
        joined = self._best_story(member, vector)
        story = joined[0] if joined else story_id(member.seed)
        self._add(member, story, vector)
        return Placement(key=member.key, story=story, why=joined[1] if joined else None)

    def _vector(self, member: Member) -> dict[str, float]:
        return self._rarity.vector(self._wordings[member.key])

    def _add(self, member: Member, story: str, vector: dict[str, float]) -> None:
        self._story_of[member.key] = story
        for term in _telling(vector):
            self._by_term[term].append(len(self._placed))
        self._placed.append(_Placed(member.article, story, vector, self._wordings[member.key]))

    def _best_story(self, member: Member, vector: dict[str, float]) -> tuple[str, str] | None:
        links = self._links(member, vector)
        if not links:
            return None
        by_story: dict[str, list[tuple[float, _Placed]]] = defaultdict(list)
        for likeness, other in links:
            by_story[other.story].append((likeness, other))
        story, (score, nearest) = max(
            ((story, _strength(found)) for story, found in by_story.items()), key=lambda s: (s[1][0], s[0])
        )
        bar = OWN_BAR if nearest.article.source.name == member.article.source.name else BAR
        said = self._vote(member.article, nearest.article) if self._vote else None
        if said is False or (score < bar and not said):
            return None
        return story, _evidence(member.article, self._wordings[member.key], nearest, score, bar)

    def _links(self, member: Member, vector: dict[str, float]) -> list[tuple[float, _Placed]]:
        common: dict[int, float] = {}
        for term in _telling(vector):
            weight = vector[term] ** 2  # about what the term adds to the likeness
            for place in self._by_term.get(term, ())[-RECENT:]:
                common[place] = common.get(place, 0.0) + weight
        date, outlet, wording = member.article.date, member.article.source.name, self._wordings[member.key]
        closest = (self._placed[place] for place in nlargest(CLOSEST, common, key=lambda p: (common[p], p)))
        return [
            (likeness, one)
            for one in closest
            if abs(date - one.article.date) <= self._window
            and not (one.article.source.name == outlet and is_series(wording, one.wording))
            and (likeness := _cosine(vector, one.vector)) > BAR / 2
        ]


def _telling(vector: dict[str, float]) -> list[str]:
    return nlargest(TELLING, vector, key=lambda term: (vector[term], term))


def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
    small, large = (a, b) if len(a) < len(b) else (b, a)
    return sum(weight * large[term] for term, weight in small.items() if term in large)


def _strength(links: list[tuple[float, _Placed]]) -> tuple[float, _Placed]:
    """How strongly a story draws an article: the mean of its two best links, so that one chance likeness is not
    enough."""
    best = nlargest(2, links, key=lambda link: link[0])
    return sum(likeness for likeness, _ in best) / len(best), best[0][1]


def _evidence(article: Article, wording: Wording, other: _Placed, score: float, bar: float) -> str:
    """One line that says why."""
    shared = wording.counts.keys() & other.wording.counts.keys()
    words = nlargest(5, shared, key=lambda term: (other.vector.get(term, 0.0), term))
    hours = abs((article.date - other.article.date).total_seconds()) / 3600
    return (
        f'with {other.article.source.name} "{other.article.title}": shares {", ".join(_shown(words, wording))}; '
        f"{hours:.0f} h apart; likeness {score:.2f} over {bar:.2f}"
    )


def _shown(words: Iterable[str], wording: Wording) -> list[str]:
    return [word.title() if word in wording.names else word for word in words]
