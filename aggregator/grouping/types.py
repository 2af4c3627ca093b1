"""Inputs and outputs of grouping."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from aggregator.grouping.features.wording import Wording
from aggregator.model import Article

Vote = Callable[[Article, Article], bool | None]
"""Returns whether two articles tell the same story; None for no opinion."""
Lookup = Callable[[Sequence[int]], dict[int, Wording]]
"""Returns the wordings of articles of the store by key."""
ArticleLookup = Callable[[Sequence[int]], dict[int, Article]]
"""Returns articles of the store by key."""
Pair = tuple[int, int]
"""Two articles, by key or by position."""
RECORD_VERSION = 2
"""Version of the stored records (`features.records.RECORD`); records of other versions are computed again."""
NAMESPACE = bytes.fromhex("6f1f6f0e5b0e5f0a9a511f3f6d1c2a77")
_NAMESPACE_HASH = hashlib.sha1(NAMESPACE, usedforsecurity=False)


class NewArticle(msgspec.Struct, frozen=True, kw_only=True):
    """An article without a story.

    `key`: the store's; `time`, `first_seen`: epoch seconds of `Article.order`, and of its first collection; `seed`:
    unique to the article; the id of a story that it founds is derived from it; `ungrouped`: whether its source is
    excluded from grouping; `fingerprint`: of what the source sent.
    """

    key: int
    wording: Wording
    time: int
    first_seen: int
    seed: str
    ungrouped: bool = False
    fingerprint: bytes = b""


class GroupedArticle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stored article that has a story and is not a copy.

    `time`, `first_seen`: epoch seconds of its publication, and of its first collection; `record`: the stored record, if
    any; `links`: stored links to other articles (`article_index.LINK`).
    """

    key: int
    time: int
    first_seen: int
    outlet: str
    story: str
    record: bytes | None = None
    links: bytes | None = None


class GroupedStory(msgspec.Struct, frozen=True, gc=False):
    """A stored story. `began`: time of its first article, in epoch seconds; `size`: number of articles, without copies;
    `published`: whether an output has shown it."""

    began: int
    size: int
    published: bool = False


StoryLookup = Callable[[Collection[str]], dict[str, GroupedStory]]
"""Returns stories of the store by id."""


class Decision(msgspec.Struct, frozen=True):
    """A correction by the user: two articles, by key, belong to the same story or to different ones."""

    a: int
    b: int
    same: bool


class EarlierStory(msgspec.Struct, frozen=True, gc=False):
    """A stored story of the last weeks, which a new one may continue. `began`: epoch seconds; `storyline`: the id of
    its storyline, if any; `profile`: one of `Grouping.profiles`."""

    id: str
    began: int
    storyline: str | None
    profile: bytes


class StorylineContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the storylines of new stories are found with.

    `earlier`: the stories of the last weeks that have a profile; `excluded`: ids of stories that a user took out of
    their storyline; `linked`: returns the articles that the texts of articles (by key) link to: key, and id of the
    story.
    """

    earlier: Sequence[EarlierStory]
    excluded: frozenset[str]
    linked: Callable[[Sequence[int]], dict[int, list[tuple[int, str | None]]]]


class GroupingContext(msgspec.Struct, frozen=True, kw_only=True):
    """What new articles are grouped with.

    `grouped`: stored articles within the window around the new ones, which are read once; `lookup`: loads their
    wordings; `stories`: loads the stories; `decisions`: corrections by the user; `vote`: the votes of plugins, on
    articles that `articles` loads; `frequencies`: `Grouping.frequencies` of the last grouping; `storylines`: loads what
    storylines are found with, None if they are not wanted.
    """

    grouped: Iterable[GroupedArticle]
    lookup: Lookup
    stories: StoryLookup = lambda _: {}
    decisions: Sequence[Decision] = ()
    vote: Vote | None = None
    articles: ArticleLookup = lambda _: {}
    frequencies: bytes | None = None
    storylines: Callable[[], StorylineContext] | None = None


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """The story of an article.

    `why`: the reason as it is stored (`reasons`), None for the founder of a story; `duplicate_of`: for a copy, the key
    of the original; `previous_story`: the story from which the article moved.
    """

    key: int
    story: str
    why: str | None = None
    duplicate_of: int | None = None
    previous_story: str | None = None


class StorylinePlacement(msgspec.Struct, frozen=True):
    """The storyline (id) of a story. `why`: the reason as it is stored (`reasons`), None for the story whose
    title the storyline gets."""

    story: str
    storyline: str
    why: str | None = None


class Grouping(msgspec.Struct, kw_only=True):
    """The result of grouping.

    `placements`: for each new article, and for each one that moved; `merged`: ids of stories that were merged into
    others; `new_stories`: time of the first article of each new story, in epoch seconds; `records`, `links`: to be
    stored, by key; `frequencies`: serialised word counts to be stored; `storylines`: of stories that had none;
    `profiles`: new or changed ones of stories (`storylines.profiles.PROFILE`).
    """

    placements: list[Placement] = []
    merged: dict[str, str] = {}
    new_stories: dict[str, int] = {}
    records: dict[int, bytes] = {}
    links: dict[int, bytes] = {}
    frequencies: bytes | None = None
    storylines: list[StorylinePlacement] = []
    profiles: dict[str, bytes] = {}


def in_order(a: int, b: int) -> Pair:
    """Return both numbers, the smaller one first."""
    return (a, b) if a < b else (b, a)


def storyline_id(story: str) -> str:
    """Return the permanent id of the storyline that begins with a story."""
    return story_id(f"storyline\n{story}")


def story_id(seed: str) -> str:
    """Return the permanent id of a story: a URN (RFC 9562, version 5) derived from the article that founds it."""
    digest = _NAMESPACE_HASH.copy()
    digest.update(seed.encode())
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"urn:uuid:{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"
