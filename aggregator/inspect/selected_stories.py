"""The stories that `aggregate stories` lists: the newest ones, or the front of an edition with the same selection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from aggregator.config.lookup import find_source
from aggregator.config.settings import Config, OutputSettings
from aggregator.editions.rank import RankHook, weights_of
from aggregator.editions.select import SelectedStories
from aggregator.expressions.expression import read_expression
from aggregator.model import Story
from aggregator.store import Selection, Store


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a user wants to see. `tags`, `sources` (names or addresses), `outlets` (fewest), `since` (age): a story has
    to meet all that are given; `by_rank`: in the order of a page, not by time."""

    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    outlets: int = 1
    since: timedelta | None = None
    limit: int = 0
    by_rank: bool = False

    @property
    def is_selective(self) -> bool:
        """Whether it leaves stories out."""
        return bool(self.tags or self.sources or self.outlets > 1 or self.since)


def select_stories(
    wanted: Wanted, config: Config, store: Store, now: datetime, hook: RankHook | None = None
) -> Sequence[Story]:
    """Return the stories that are wanted, in their order. `hook`: that of plugins. Raises ConfigError for a source that
    is not configured."""
    known = store.sources(config) if wanted.sources else []
    output = OutputSettings(
        plugin="stories",
        limit=wanted.limit,
        since=wanted.since,
        tags=wanted.tags,
        sources=tuple(find_source(name, known).settings.key for name in wanted.sources),
        select=read_expression(f"outlets >= {wanted.outlets}", "stories") if wanted.outlets > 1 else None,
    )
    if wanted.by_rank:
        selected = SelectedStories(store, now, weights_of(config), hook).of(output)
        return selected.whole(selected.front)
    selection = Selection(
        limit=output.limit or 0,
        since=now - wanted.since if wanted.since else None,
        tags=output.tags,
        sources=output.sources,
    )
    select = output.select
    return store.stories(selection, (lambda story: select.holds(story, now)) if select else None)
