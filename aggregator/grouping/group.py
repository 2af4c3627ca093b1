"""Place new articles: copies under their original, and together what tells the same story.

New articles are compared with those of the days around them, in the order in which they came, and join the stories that
they belong to or found one. The same articles make nearly the same stories, whether they come in one run or in fifty.
Two stories that turn out to be one go together, and the younger id leads to the older. A story loses an article only by
hand, or while so few articles were seen that all is grouped anew (`frequencies.FEW`); then it is noted where it was.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import Decision, Grouping, Lookup, Member, Placed, Placement, Vote, story_id

if TYPE_CHECKING:
    from aggregator.grouping.grouper import Board


def group(  # noqa: PLR0913 - what is known, each by its name
    new: Sequence[Member],
    placed: Sequence[Placed],
    settings: StoriesSettings,
    lookup: Lookup,
    *,
    decisions: Sequence[Decision] = (),
    vote: Vote | None = None,
    frequencies: bytes | None = None,
) -> Grouping:
    """Place each of the new articles among those that are placed, and each other.

    `placed`: articles within the window around the new ones; `lookup`: gives the whole of these, by key; `decisions`:
    what somebody has said by hand; `frequencies`: those of the last grouping. There is one placement for each new
    member, and one for each article that changes over.
    """
    from aggregator.grouping.grouper import Board

    with _uncollected():
        board = Board(placed, settings, lookup, decisions, vote, frequencies)
        del placed  # of many articles it is a third of the memory
        return _group(new, board)


def _group(new: Sequence[Member], board: Board) -> Grouping:
    together = sorted(
        (one for one in new if not one.alone),
        key=lambda one: (one.article.first_seen, one.article.order, one.seed),
    )
    if together:
        board.place(together)
    grouping = board.outcome()
    for one in new:
        if one.alone:
            story = story_id(one.seed)
            grouping.placements.append(Placement(key=one.key, story=story))
            grouping.began[story] = int(one.article.order.timestamp())
    return grouping


@contextmanager
def _uncollected() -> Iterator[None]:
    """Grouping makes millions of small tuples and no cycles: looking for some takes a third of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
