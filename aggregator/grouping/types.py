"""What goes into grouping and what comes out of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import msgspec

from aggregator.model import Article

Vote = Callable[[Article, Article], bool | None]
"""Says of two articles that they tell one story (True), that they do not (False), or nothing."""
Lookup = Callable[[Sequence[int]], dict[int, Article]]
"""Gives articles of the store, by key."""
Pair = tuple[int, int]
"""Two articles, by key or by place."""
RECORD_VERSION = 1
"""Of what is kept of an article's words (`words.RECORD`): records of another version are made anew."""
NAMESPACE = uuid.UUID("6f1f6f0e-5b0e-5f0a-9a51-1f3f6d1c2a77")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An article to be placed. `key`: the store's; `seed`: its source and id, of which a story's id is made; `alone`:
    of a source that is never grouped."""

    key: int
    article: Article
    seed: str
    alone: bool = False


class Placed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An article that has a story and is no copy. `time`, `arrived`: epoch seconds of its publication, and of when it
    came; `began`, `size`: when its story's first article was published, and how many it has; `record`: its words as
    they were read, if that is kept; `links`: the articles that it was found to be like when it came, by key, and the
    log-odds."""

    key: int
    time: int
    arrived: int
    outlet: str
    story: str
    began: int
    size: int
    record: bytes | None = None
    links: bytes | None = None


class Decision(msgspec.Struct, frozen=True):
    """What somebody has decided by hand about two articles, by key: one story, or not."""

    a: int
    b: int
    same: bool


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article belongs.

    `why`: the evidence in words, None for the founder of a story; `duplicate_of`: for a copy, the original's key;
    `was`: the story that it was in before.
    """

    key: int
    story: str
    why: str | None = None
    duplicate_of: int | None = None
    was: str | None = None


class Grouping(msgspec.Struct, kw_only=True):
    """What was decided.

    `merged`: stories that went into others, by id; `began`: epoch seconds of the first article of each story that is
    new; `records`, `links`, `frequencies`: what is to be kept of the articles' words, of what each is like, and of how
    often words were met.
    """

    placements: list[Placement] = []
    merged: dict[str, str] = {}
    began: dict[str, int] = {}
    records: dict[int, bytes] = {}
    links: dict[int, bytes] = {}
    frequencies: bytes | None = None


def in_order(a: int, b: int) -> Pair:
    """Both, the smaller one first."""
    return (a, b) if a < b else (b, a)


def story_id(seed: str) -> str:
    """A story's id for ever: a URN (RFC 9562, version 5) made of the article that founds it."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, seed)}"
