"""Place new articles: copies under their original, and together what tells the same story.

An article is compared, when it comes, with the articles of the last days that share one of its telling words. It
joins the story to which its best links are strong enough, or founds one. Order is by date, so that neither the order of
arrival nor the number of runs decides what belongs together.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from heapq import nlargest
from itertools import islice

import msgspec

from aggregator.duplicates import Copies
from aggregator.model import Article
from aggregator.settings import StoriesSettings
from aggregator.wording import Headline, Rarity, Wording, is_series, read_wording

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


class _Profile(msgspec.Struct, frozen=True):
    """An article, ready to be compared. `time`: of its date; `telling`: its weightiest terms, by which it is found."""

    article: Article
    time: float
    headline: Headline
    names: frozenset[str]
    vector: dict[str, float]
    telling: list[str]


class _Placed(msgspec.Struct, frozen=True):
    """An article in its story."""

    profile: _Profile
    story: str

    @property
    def article(self) -> Article:
        return self.profile.article


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
    return member.article.order, member.seed


class _Board:
    """The articles placed so far, and how to find those that are like another."""

    def __init__(self, settings: StoriesSettings, vote: Vote | None) -> None:
        self._window = settings.window.total_seconds()
        self._vote = vote
        self._rarity = Rarity()
        self._copies = Copies()
        self._wordings: dict[int, Wording] = {}
        self._story_of: dict[int, str] = {}
        self._placed: list[_Placed] = []
        self._by_term: dict[str, list[int]] = defaultdict(list)  # term → places in the list above

    def count(self, member: Member) -> None:
        """Let its words count for how rare words are."""
        if member.duplicate_of is None:
            wording = self._wordings[member.key] = read_wording(member.article)
            self._rarity.add(wording)

    def settle(self, member: Member) -> None:
        """Put an article where an earlier run has placed it."""
        if member.story is not None and member.duplicate_of is None:
            self._copies.add_original(member.key, member.article)
            self._add(member.key, member.story, self._profile(member))

    def place(self, member: Member) -> Placement:
        """Decide where a new article belongs."""
        if copy := self._copies.find(member.key, member.article):
            original, why = copy
            story = self._story_of[original]
            return Placement(key=member.key, story=story, why=why, duplicate_of=original)
        profile = self._profile(member)
        joined = self._best_story(profile)
        story = joined[0] if joined else story_id(member.seed)
        self._add(member.key, story, profile)
        return Placement(key=member.key, story=story, why=joined[1] if joined else None)

    def _profile(self, member: Member) -> _Profile:
        article, wording = member.article, self._wordings.pop(member.key)
        vector = self._rarity.vector(wording)
        telling = sorted(vector, key=vector.__getitem__, reverse=True)[:TELLING]
        headline = Headline.of(article.title)
        return _Profile(article, article.order.timestamp(), headline, wording.names, vector, telling)

    def _add(self, key: int, story: str, profile: _Profile) -> None:
        self._story_of[key] = story
        for term in profile.telling:
            self._by_term[term].append(len(self._placed))
        self._placed.append(_Placed(profile, story))

    def _best_story(self, profile: _Profile) -> tuple[str, str] | None:
        by_story: dict[str, list[tuple[float, _Placed]]] = defaultdict(list)
        for likeness, other in self._links(profile):
            by_story[other.story].append((likeness, other))
        if not by_story:
            return None
        strengths = ((story, *_strength(found)) for story, found in by_story.items())
        story, score, nearest = max(strengths, key=lambda one: (one[1], one[0]))
        bar = OWN_BAR if nearest.article.source.name == profile.article.source.name else BAR
        said = self._vote(profile.article, nearest.article) if self._vote else None
        if said is False or (score < bar and not said):
            return None
        return story, _evidence(profile, nearest.profile, score, bar)

    def _links(self, profile: _Profile) -> list[tuple[float, _Placed]]:
        """The articles that are like this one, and how much."""
        links = []
        for one in self._closest(profile):
            other = one.profile
            same_outlet = other.article.source.name == profile.article.source.name
            if same_outlet and is_series(profile.headline, other.headline):
                continue
            likeness = _cosine(profile.vector, other.vector)
            if likeness > BAR / 2:
                links.append((likeness, one))
        return links

    def _closest(self, profile: _Profile) -> list[_Placed]:
        """Those of the window that share most of the weight of its telling terms."""
        common: dict[int, float] = defaultdict(float)
        for term in profile.telling:
            weight = profile.vector[term] ** 2  # about what the term adds to the likeness
            for place in self._by_term.get(term, ())[-RECENT:]:
                common[place] += weight
        heaviest = sorted(zip(common.values(), common, strict=True), reverse=True)
        found = (self._placed[place] for _, place in heaviest)
        return list(islice((one for one in found if abs(one.profile.time - profile.time) <= self._window), CLOSEST))


def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
    small, large = (a, b) if len(a) < len(b) else (b, a)
    return sum([weight * large[term] for term, weight in small.items() if term in large])


def _strength(links: list[tuple[float, _Placed]]) -> tuple[float, _Placed]:
    """How strongly a story draws an article: the mean of its two best links, so that chance alone is not enough."""
    best = nlargest(2, links, key=lambda link: link[0])
    return sum(likeness for likeness, _ in best) / len(best), best[0][1]


def _evidence(profile: _Profile, other: _Profile, score: float, bar: float) -> str:
    """One line that says why."""
    shared = profile.vector.keys() & other.vector.keys()
    words = nlargest(5, shared, key=lambda term: (other.vector[term], term))
    shown = [word.title() if word in profile.names else word for word in words]
    hours = abs(profile.time - other.time) / 3600
    return (
        f'with {other.article.source.name} "{other.article.title}": shares {", ".join(shown)}; '
        f"{hours:.0f} h apart; likeness {score:.2f} over {bar:.2f}"
    )
