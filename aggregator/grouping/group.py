"""Group new articles into stories, and recognise copies.

New articles are compared with those of the days around them, in the order in which they were first seen; they join
existing stories or found new ones. The same articles form nearly the same stories, whether they arrive in one run or in
fifty. If two stories turn out to be one, they are merged, and the id of the younger one redirects to the older one. A
story loses articles only by corrections, or during a cold start (`frequencies.COLD_START_ARTICLES`), when all articles
are grouped again but those of published stories; `Placement.previous_story` then names the story they left.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from operator import attrgetter
from threading import Thread
from typing import TYPE_CHECKING

from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import Grouping, GroupingContext, NewArticle, Placement, story_id
from aggregator.runtime.second_process import second_process

if TYPE_CHECKING:
    from aggregator.grouping.grouper import Grouper

MANY_ARTICLES = 8000
"""New articles from which a second process saves more time than its start takes."""


def grouping_of(articles: int) -> AbstractContextManager[None]:
    """Return the context in which so many articles are grouped: if they are many, a second process helps."""
    modules = ["aggregator.grouping.import_numpy", "aggregator.grouping.grouper"]
    return second_process(modules) if articles >= MANY_ARTICLES else nullcontext()


@cache
def import_ahead() -> None:
    """Start to import what `group` needs, in a thread: it takes as long as to group a thousand articles."""
    Thread(target=_import_grouper, daemon=True).start()


def _import_grouper() -> type[Grouper]:
    from aggregator.grouping import import_numpy  # noqa: F401 - deferred: runs without new articles don't need numpy
    from aggregator.grouping.grouper import Grouper

    return Grouper


def group(new: Sequence[NewArticle], context: GroupingContext, settings: StoriesSettings) -> Grouping:
    """Place each new article in a story."""
    grouper_type = _import_grouper()
    with _gc_disabled():
        grouper = grouper_type(context, settings)
        del context  # with many articles it takes a third of the memory
        return _group(new, grouper)


def _group(new: Sequence[NewArticle], grouper: Grouper) -> Grouping:
    to_group = sorted(
        (item for item in new if not item.ungrouped),
        key=attrgetter("first_seen", "time", "seed"),
    )
    if to_group:
        grouper.add(to_group)
    grouping = grouper.result()
    for item in new:
        if item.ungrouped:
            story = story_id(item.seed)
            grouping.placements.append(Placement(key=item.key, story=story))
            grouping.new_stories[story] = item.time
    return grouping


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """Disable the cyclic garbage collector, which takes a third of the time and finds nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
