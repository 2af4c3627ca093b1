"""The articles on the board, and which story each group of them is: ids stay where most of a story stays.

A story's id goes to the group that holds its largest part. Where several stories have become one group, the one that
began first gives the id and the others lead to it. A group without a story founds one, by its earliest article.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from aggregator.grouping.types import story_id


class Row(msgspec.Struct, gc=False):
    """An article on the board.

    `time`, `arrived`: epoch seconds of its publication, and of when it came; `seed`: of one that is new; `story`: where
    it is now; `was`: where it was before; `why`: what put it there, None for the founder of a story; `original`: for a
    copy, the place of what it is a copy of; `links`: the articles that it was found to be like when it came
    (`shelf.LINK`).
    """

    key: int
    time: int
    arrived: int
    seed: str | None = None
    story: str | None = None
    was: str | None = None
    why: str | None = None
    original: int | None = None
    links: bytes = b""

    @property
    def new(self) -> bool:
        """Whether it comes with this run."""
        return self.seed is not None


class Assigned(msgspec.Struct, frozen=True):
    """`stories`: of each group; `merged`: stories that went into others; `founded`: those that are new, each with the
    article that stands for it."""

    stories: list[str]
    merged: dict[str, str]
    founded: dict[str, Row]


def assign(groups: Sequence[Sequence[Row]], began: Mapping[str, int]) -> Assigned:
    """The story of each group. `began`: epoch seconds of the first article of each story that is known."""
    claims: dict[int, list[str]] = defaultdict(list)
    for story, group in _homes(groups).items():
        claims[group].append(story)
    assigned = Assigned([], {}, {})
    for number, rows in enumerate(groups):
        known = sorted(claims[number], key=lambda story: (began[story], story))
        if known:
            assigned.merged.update((story, known[0]) for story in known[1:])
            assigned.stories.append(known[0])
        else:
            founder = min(rows, key=lambda row: (row.time, row.seed or "", row.key))
            story = _new_id(founder)
            assigned.founded[story] = founder
            assigned.stories.append(story)
    return assigned


def _homes(groups: Sequence[Sequence[Row]]) -> dict[str, int]:
    """The group that holds the largest part of each story; of equal parts the one with the article that stands for
    it."""
    parts: dict[str, Counter[int]] = defaultdict(Counter)
    for number, rows in enumerate(groups):
        for row in rows:
            if row.story is not None:
                parts[row.story][number] += 2 + (row.why is None)
    return {story: max(shares, key=lambda number: (shares[number], -number)) for story, shares in parts.items()}


def _new_id(founder: Row) -> str:
    """The id of the story that an article founds. One that was in a story may have founded that one, too."""
    if founder.story is None and founder.seed is not None:
        return story_id(founder.seed)
    return story_id(f"{founder.story}\n{founder.key}")
