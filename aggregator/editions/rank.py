"""Rank stories: by independent accounts, recency, the weights of sources and sections, and the place in their sources.

    score = log2(1 + accounts) × 0.5 ^ (age / 12 h) × (1 + 0.5 / place) × weight

`accounts`: the weights of the outlets with a text of their own, added up; each counts once, however many articles it
has. `age`: that of the newest article, relative to the newest story of the edition, so that the ranking of the same
stories is always the same. `place`: the best place of its articles in sources that list them by importance; without
one, the factor is 1. `weight`: that of the section. docs/ranking.md explains it to users.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

import msgspec

from aggregator.config.settings import Config
from aggregator.model import EPOCH, Story
from aggregator.store import Candidate

HALF_LIFE_HOURS = 12.0
FIRST_PLACE = 0.5
"""How much the first place in a source adds to a score."""

Ranked = TypeVar("Ranked", Story, Candidate, Story | Candidate)
RankHook = Callable[[Story, float], float | None]
"""Returns another score for a story with this score; None for no opinion."""


class Weights(msgspec.Struct, frozen=True):
    """The weights of a configuration, by casefolded name. `sources`: by name of the outlet; `tags`: by tag."""

    sources: Mapping[str, float] = {}
    tags: Mapping[str, float] = {}


NO_WEIGHTS = Weights()


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a story, and what it is made of. `voted`: whether a plugin changed it."""

    score: float
    accounts: float
    age_hours: float
    place: int | None = None
    weight: float = 1.0
    voted: bool = False

    def __str__(self) -> str:
        accounts = "1 independent account" if self.accounts == 1 else f"{self.accounts:g} independent accounts"
        factors = [accounts, f"{self.age_hours:.0f} h older than the newest story"]
        factors += [f"number {self.place} in its source"] if self.place else []
        factors += [f"weight {self.weight:g}"] if self.weight != 1 else []
        factors += ["changed by a plugin"] if self.voted else []
        return f"rank {self.score:.2f}: {', '.join(factors)}"


def weights_of(config: Config) -> Weights:
    """Return the weights that a configuration states."""
    return Weights(
        {source.name.casefold(): source.weight for source in config.sources if source.name and source.weight != 1},
        {section.tag.casefold(): section.weight for section in config.sections if section.tag and section.weight != 1},
    )


def rank(stories: Iterable[Ranked], weights: Weights = NO_WEIGHTS, hook: RankHook | None = None) -> tuple[Ranked, ...]:
    """Return the stories, those with the highest score first."""
    candidates = [(story, story if isinstance(story, Candidate) else Candidate.of(story)) for story in stories]
    newest = max((candidate.order for _, candidate in candidates), default=EPOCH)
    scored = [
        (-_voted(_rank(candidate, newest, weights), story, hook).score, -candidate.order.timestamp(), story.id, story)
        for story, candidate in candidates
    ]
    return tuple(story for _, _, _, story in sorted(scored, key=itemgetter(0, 1, 2)))


def rank_of(story: Story, newest: datetime, weights: Weights, hook: RankHook | None = None) -> Rank:
    """Return the rank of a story. `newest`: `Story.order` of the newest story of the edition."""
    return _voted(_rank(Candidate.of(story), newest, weights), story, hook)


def _rank(story: Candidate, newest: datetime, weights: Weights) -> Rank:
    accounts = sum(weights.sources.get(name.casefold(), 1.0) for name in story.outlets)
    age = max((newest - story.order).total_seconds() / 3600, 0.0)
    weight = max((weights.tags.get(tag.casefold(), 1.0) for tag in story.tags), default=1.0) if weights.tags else 1.0
    score = math.log2(1 + accounts) * math.pow(0.5, age / HALF_LIFE_HOURS) * weight
    score *= 1 + FIRST_PLACE / story.place if story.place else 1
    return Rank(score=score, accounts=accounts, age_hours=age, place=story.place, weight=weight)


def _voted(rank: Rank, story: Story | Candidate, hook: RankHook | None) -> Rank:
    """Return the rank of a story, changed if a plugin has an opinion of it: hooks get whole stories."""
    score = hook(story, rank.score) if hook and isinstance(story, Story) else None
    return rank if score is None else msgspec.structs.replace(rank, score=score, voted=True)
